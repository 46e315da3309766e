"""The Explore page: what the encoder learned, as a map, a gallery and neighbours."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from sslstudio.domain.errors import StudioError
from sslstudio.gui.actions import Action
from sslstudio.gui.explore.colours import CLASS, LOSS, MapColours
from sslstudio.gui.explore.desk import MapDesk, Mapped
from sslstudio.gui.explore.exports import MapExports
from sslstudio.gui.explore.hover_card import PointFacts, facts_of
from sslstudio.gui.explore.inspector import ExploreInspector
from sslstudio.gui.explore.neighbour_desk import NeighbourDesk
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.explore.source import Embedded, ExploreSource, MapKey
from sslstudio.gui.explore.stage import NO_CHECKPOINT, NO_MAP, NO_RUN, ExploreStage
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme
from sslstudio.services.maps.client import MapService

NO_IMAGES = np.zeros((0, 3, 1, 1), dtype=np.uint8)


class ExplorePage(Page):
    """Ties the map, the gallery and the neighbours to one selection and one source."""

    def __init__(
        self, theme: Theme, jobs: Jobs, maps: MapService, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._source: ExploreSource | None = None
        self._shown: Mapped | None = None
        self._embedded: Embedded | None = None
        self.selection = Selection(self)
        self.desk = MapDesk(jobs, maps, self)
        self.stage = ExploreStage(theme, self.selection)
        self.inspector = ExploreInspector(self.selection, theme.tokens)
        self.exports = MapExports(self.stage.map, self)
        self.colours = MapColours(self.stage.map, jobs, self)
        panel = self.inspector.neighbours
        self.neighbours = NeighbourDesk(self.stage.map, panel, jobs, self)
        self.lay_out(self.stage, self.inspector)
        self._connect(theme)
        self.set_source(None)

    def title(self) -> str:
        """Return the name of the run."""
        return self._source.title() if self._source else "Explore"

    def chips(self) -> list[str]:
        """Return the checkpoint that is chosen."""
        step = self.stage.timeline.step()
        return [] if step is None else [f"checkpoint {step:,}"]

    def header_buttons(self) -> list[QWidget]:
        """Return the ways to take the map out of the window."""
        return [self.exports.table, self.exports.picture]

    def actions_offered(self) -> tuple[Action, ...]:
        """Return what the command palette offers."""
        paste = self.inspector.neighbours.query.paste_image
        return (
            Action("explore.compute", "Compute the map", "", self.compute, self._can_compute),
            Action("explore.fit", "Show the whole map", "", self.stage.map.fit, self._has_map),
            Action("explore.csv", "Export CSV", "", self.exports.ask_table, self._has_map),
            Action("explore.png", "Save picture", "", self.exports.ask_picture, self._has_map),
            Action(
                "explore.paste", "Look for the pasted image", "Ctrl+V", paste, self._has_embeddings
            ),
        )

    def activated(self) -> None:
        """Get the maps' helper ready, and look for checkpoints written meanwhile."""
        if self._source is not None:
            self.desk.warm()
            self.refresh_checkpoints()

    def set_source(self, source: ExploreSource | None) -> None:
        """Explore another run; None for no run."""
        self._source = source
        self.desk.set_source(source)
        self.colours.set_source(source)
        self.stage.bar.offer_colours(self.colours.modes())
        self.stage.timeline.stop()
        self.stage.timeline.set_steps((), 0)
        self._end_work()
        self._forget_map()
        self._take_embedded(None)
        if source is None:
            self.stage.show_empty(NO_RUN)
        else:
            self.stage.bar.offer_parts(source.parts())
            self.refresh_checkpoints()
        self.header_changed.emit()

    def refresh_checkpoints(self) -> None:
        """Offer the checkpoints that the run has by now."""
        source, timeline = self._source, self.stage.timeline
        if source is None:
            return
        had_none = timeline.step() is None
        timeline.set_steps(source.checkpoints(), source.total_steps())
        if timeline.step() is None:
            self.stage.show_empty(NO_CHECKPOINT)
        elif had_none:
            self._look()
        self._say_step()

    def compute(self) -> None:
        """Show the chosen map, computed if it is not on disk."""
        self._request(compute=True)

    def _key(self) -> MapKey | None:
        step, part = self.stage.timeline.step(), self.stage.bar.chosen_part()
        if self._source is None or step is None or part is None:
            return None
        return MapKey(step, part, self.stage.bar.settings())

    def _look(self) -> None:
        """Show the chosen map if it is on disk."""
        self._request(compute=False)

    def _go_to_step(self, _step: int) -> None:
        """Show another checkpoint in the way the present one is shown."""
        self._say_step()
        self.header_changed.emit()
        self._request(compute=self._has_map() or self.stage.timeline.is_playing)

    def _request(self, *, compute: bool) -> None:
        key = self._key()
        if key is None:
            return
        self.stage.bar.set_busy(busy=compute)
        self.stage.messages.hide()
        self.colours.stop()
        self.desk.request(key, compute=compute, start=self._start_for(key))

    def _start_for(self, key: MapKey) -> np.ndarray | None:
        """Return the shown layout, if the wanted one is of the same images and method."""
        shown = self._shown
        if shown is None or shown.result is None or shown.key.step == key.step:
            return None
        same = (shown.key.part, shown.key.settings) == (key.part, key.settings)
        return shown.result.points if same else None

    def _show_sketch(self, embedded: Embedded, layout: np.ndarray) -> None:
        other_images = self._take_embedded(embedded)
        self._forget_map()
        self.stage.show_map()
        self.stage.map.set_points(layout, animate=False)
        # A single image's loss is measured once the map is there.
        if other_images and self.stage.bar.colour_mode() != LOSS:
            self._colour()

    def _show_mapped(self, mapped: Mapped) -> None:
        self._end_work()
        if mapped.result is None or mapped.embedded is None:
            self._show_nothing()
            return
        other_images = self._take_embedded(mapped.embedded)
        self._shown = mapped
        self.stage.show_map()
        self.stage.map.set_points(mapped.result.points)
        self.stage.bar.show_quality(mapped.result)
        self.exports.show_map(mapped)
        if other_images or self.stage.bar.colour_mode() == LOSS:
            self._colour()
        else:
            # The colours stay as they are, and so do the classes that were hidden.
            self.stage.timeline.go_on()
        if self.stage.map.current() >= 0:
            self.neighbours.ask(self.stage.map.current())
        self.header_changed.emit()

    def _show_nothing(self) -> None:
        self.stage.timeline.stop()
        self._forget_map()
        self.stage.show_empty(NO_MAP)

    def _forget_map(self) -> None:
        self._shown = None
        self.stage.bar.show_quality(None)
        self.exports.show_map(None)

    def _end_work(self) -> None:
        self.stage.bar.set_busy(busy=False)
        self.stage.finish()

    def _stop(self) -> None:
        self.stage.timeline.stop()
        if self.colours.is_busy:
            self._colour_by_class()
            return
        self.desk.stop()
        self._end_work()
        if self._shown is None:
            self._show_nothing()

    def _fail(self, error: StudioError) -> None:
        self._end_work()
        self._show_nothing()
        self.stage.messages.show_error(error)

    def _take_embedded(self, embedded: Embedded | None) -> bool:
        """Show other embeddings; return whether they are of other images than before.

        What was selected stays if they are of the same.
        """
        before, self._embedded = self._embedded, embedded
        if embedded is before:
            return False
        images = NO_IMAGES if self._source is None or embedded is None else self._source.images()
        rows = NO_IMAGES[:, 0, 0, 0] if embedded is None else embedded.images
        other_images = before is None or not np.array_equal(before.images, rows)
        if other_images:
            self.stage.map.set_current(-1)
            self.selection.replace(np.zeros(len(rows), dtype=bool))
        self.neighbours.take(self._source, embedded, self.stage.timeline.step())
        self.inspector.selected.show_embedded(embedded, images)
        self.stage.map.set_describer(None if embedded is None else self._describe)
        return other_images

    def _colour(self) -> None:
        key, mode = self._shown.key if self._shown else self._key(), self.stage.bar.colour_mode()
        if self._embedded is None or key is None or (mode == LOSS and self._shown is None):
            return
        self.colours.paint(self._embedded, (key.step, key.part), mode)
        if self.colours.is_busy:
            self.stage.report(0, 0, "Measuring single images")

    def _coloured(self) -> None:
        if not self.desk.is_busy:
            self.stage.finish()
            self.stage.timeline.go_on()

    def _colour_by_class(self) -> None:
        self.colours.stop()
        self.stage.bar.choose_colour(CLASS)

    def _colouring_failed(self, error: StudioError) -> None:
        self._colour_by_class()
        self.stage.messages.show_error(error)

    def _describe(self, place: int) -> PointFacts:
        embedded, source = self._embedded, self._source
        if embedded is None or source is None:
            return PointFacts(np.zeros((1, 1, 1), dtype=np.uint8), "", ())
        said = self.stage.bar.colour_mode() != CLASS
        more = self.stage.map.scene.colouring.words(place) if said else ""
        return facts_of(embedded, place, source.images(), more)

    def _say_step(self) -> None:
        step = self.stage.timeline.step()
        if self._source is not None and step is not None:
            self.stage.timeline.say_loss(self._source.loss_at(step))

    def _can_compute(self) -> bool:
        return self._key() is not None

    def _has_map(self) -> bool:
        return self._shown is not None

    def _has_embeddings(self) -> bool:
        return self._embedded is not None

    def _connect(self, theme: Theme) -> None:
        bar, desk = self.stage.bar, self.desk
        self.colours.progressed.connect(self.stage.report)
        self.colours.painted.connect(self._coloured)
        self.colours.failed.connect(self._colouring_failed)
        theme.changed.connect(self.inspector.set_tokens)
        bar.settings_changed.connect(self._look)
        bar.part_changed.connect(self._look)
        bar.colour_changed.connect(self._colour)
        bar.compute_asked.connect(self.compute)
        desk.progressed.connect(self.stage.report)
        desk.sketched.connect(self._show_sketch)
        desk.mapped.connect(self._show_mapped)
        desk.failed.connect(self._fail)
        self.stage.stopped.connect(self._stop)
        self.stage.timeline.chosen.connect(self._go_to_step)
        self.inspector.selected.activated.connect(self.neighbours.go_to)
        self.exports.failed.connect(self.stage.messages.show_error)
