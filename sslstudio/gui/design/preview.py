"""What training will see: images and the views that the recipe's pipelines draw of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.domain.errors import StudioError
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design.source import DesignSource, Pictures, PreviewResult, Step
from sslstudio.gui.design.strip import PictureStrip, Row
from sslstudio.gui.design.view_words import first_view, view_name, view_names
from sslstudio.gui.design.words import last_word
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.latest import LatestOnly
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.panel import Panel, scrolling
from sslstudio.gui.widgets.text import ElidedLabel, text_label

MOST_HEIGHT, LEAST_HEIGHT = 240, 184
SHARE = 0.32
"""Of the page's height, between the two limits."""
AROUND = 62
"""Pixels of the panel's height that the pictures do not get: margins and buttons."""
Drawn = PreviewResult | Sequence[Sequence[Step]]


class PreviewPanel(Panel):
    """Images in columns, their views below them; or one image, step by step.

    Signals:
        drawn: new pictures are on the screen.
    """

    drawn = Signal()

    def __init__(self, source: DesignSource, jobs: Jobs, theme: Theme) -> None:
        super().__init__("ground", margin=0, spacing=8)
        self.setObjectName("design.preview")
        self.setAccessibleName("What training will see")
        self._source = source
        self._recipe: Recipe | None = None
        self._image, self._seed, self._pinned, self._stale = 0, 0, False, False
        self._latest = LatestOnly(jobs, "Drawing views", self)
        self._further = LatestOnly(jobs, "Drawing what the encoder receives", self)
        self._view_rows: list[Row] = []
        self._further_rows = self._asked_count = 0
        self.strip = PictureStrip(theme)
        self._count = Chip("")
        self._words = ElidedLabel("", "small")
        self.again = Button("Draw again  R", tooltip="Draw the views anew (R)")
        self.stepping = Button("Step through", tooltip="Show one image after each operation")
        self.stepping.setCheckable(True)
        self._lay_out()
        self._latest.done.connect(self._show)
        self._latest.failed.connect(self._fail)
        self._further.done.connect(self._show_stimulus)
        self.again.clicked.connect(self.draw_again)
        self.stepping.toggled.connect(lambda _on: self._ask())
        self.strip.hovered.connect(self._hover)
        self.strip.picked.connect(self._pick)

    @property
    def seed(self) -> int:
        """The seed of the present drawing."""
        return self._seed

    @property
    def is_busy(self) -> bool:
        """True while pictures are being drawn."""
        return self._latest.is_busy or self._further.is_busy

    def show_recipe(self, recipe: Recipe) -> None:
        """Draw the views of a recipe, if they differ from what is shown.

        Another setting keeps the seed, so that its effect can be seen; other operations draw
        anew, unless the pointer rests on the pictures.
        """
        before, self._recipe = self._recipe, recipe
        if before is not None and _seen(before) == _seen(recipe):
            if _asked_of(before) != _asked_of(recipe):
                self._ask_further()
            return
        if before is not None and _kinds(before) != _kinds(recipe) and not self._pinned:
            self._seed += 1
        self._ask()

    def draw_again(self) -> None:
        """Draw the views of the same recipe anew."""
        self._seed += 1
        self._ask()

    def fit_into(self, page_height: int) -> None:
        """Take a share of the page's height."""
        self.setFixedHeight(int(min(max(page_height * SHARE, LEAST_HEIGHT), MOST_HEIGHT)))

    def refresh(self) -> None:
        """Draw once more with the same seed, because the images have changed."""
        self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill a wider window with more images."""
        super().resizeEvent(event)
        self.strip.set_room(event.size().height() - AROUND)
        if event.size().width() != event.oldSize().width():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was not worth drawing while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self._ask()

    def _lay_out(self) -> None:
        self.fit_into(0)
        self.body.setContentsMargins(16, 10, 16, 12)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(text_label("What training will see", "section"))
        row.addWidget(self._count)
        row.addWidget(self._words, 1)
        row.addStretch(0)
        row.addWidget(self.again)
        row.addWidget(self.stepping)
        self._count.hide()
        self.body.addWidget(head)
        area = scrolling(self.strip)
        area.setFocusProxy(self.strip)
        self.body.addWidget(area, 1)

    def _ask(self) -> None:
        recipe, seed, image = self._recipe, self._seed, self._image
        self._stale = recipe is not None and not self.isVisible()
        if recipe is None or self._stale:
            return
        if self.stepping.isChecked():
            views = range(len(recipe.views))
            self._latest.ask(
                lambda: [self._source.steps(recipe, view, image, seed) for view in views]
            )
            return
        count = self._asked_count = self._count_for(recipe)
        self._latest.ask(lambda: self._source.preview(recipe, seed, count))
        self._ask_further()

    def _ask_further(self) -> None:
        """Draw what the encoder receives of the same images, once the views are on the screen."""
        recipe, seed = self._recipe, self._seed
        if recipe is not None and self.isVisible() and not self.stepping.isChecked():
            count = self._count_for(recipe)
            self._further.ask(lambda: self._source.stimulus(recipe, seed, count))

    def _count_for(self, recipe: Recipe) -> int:
        return self.strip.columns_for(1 + recipe.view_count() + self._further_rows)

    def _show(self, drawn: Drawn) -> None:
        if isinstance(drawn, PreviewResult):
            self._show_views(drawn)
        else:
            self._show_steps(drawn)
        self.drawn.emit()

    def _show_views(self, result: PreviewResult) -> None:
        total = len(result.views)
        largest = max((pictures.shape[1] for pictures in result.views), default=1)
        rows = [Row("image", list(result.images))]
        for number, pictures in enumerate(result.views):
            side = pictures.shape[1]
            name = view_name(number, total) if total > 1 else ""
            words = f"view {name}".strip() if side == largest else f"{name} · {side} px"
            rows.append(Row(words, list(pictures), share=side / largest))
        self._view_rows = rows
        self.strip.show_rows(rows)
        self._count.setText(f"{len(result.images)} of {result.total:,}")
        self._count.show()
        self._words.set_text("")

    def _show_stimulus(self, stimulus: Mapping[str, Pictures]) -> None:
        """Add what the encoder receives where that is not the views."""
        if self.stepping.isChecked() or not self._view_rows:
            return
        columns = len(self._view_rows[0].pictures)
        rows = [
            Row(f"encoder: {caption.lower()}", list(pictures)[:columns])
            for caption, pictures in stimulus.items()
        ]
        self.strip.show_rows([*self._view_rows, *rows])
        self._further_rows = len(rows)
        if self._recipe is not None and self._count_for(self._recipe) != self._asked_count:
            # More rows make smaller pictures, and room for more of them.
            self._ask()

    def _show_steps(self, views: Sequence[Sequence[Step]]) -> None:
        recipe = self._recipe
        names = [""] if recipe is None or len(views) == 1 else _pipeline_names(recipe)
        self.strip.show_rows(
            [
                Row(
                    f"view {name}".strip(),
                    [step.picture for step in steps],
                    [last_word(step.name) for step in steps],
                )
                for name, steps in zip(names, views, strict=False)
            ]
        )
        self._count.setText(f"image {self._image + 1}")
        self._words.set_text("")

    def _fail(self, error: StudioError) -> None:
        self._view_rows = []
        self.strip.show_rows([])
        self._count.hide()
        self._words.set_text(str(error))

    def _hover(self, column: int) -> None:
        self._pinned = column >= 0

    def _pick(self, column: int) -> None:
        if not self.stepping.isChecked():
            self._image = column
            self.stepping.setChecked(True)


def _seen(recipe: Recipe) -> object:
    return recipe.data, recipe.views


def _asked_of(recipe: Recipe) -> object:
    """Return what the encoder's input depends on beside the views."""
    return recipe.objective, recipe.encoder


def _pipeline_names(recipe: Recipe) -> list[str]:
    total = recipe.view_count()
    return [
        view_names(first_view(recipe, number), view.copies, total)
        for number, view in enumerate(recipe.views)
    ]


def _kinds(recipe: Recipe) -> object:
    return [[part.kind for part in view.pipeline] for view in recipe.views]
