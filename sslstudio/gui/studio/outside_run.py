"""A run that another process trains: followed by its log, steered by its control file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.domain.errors import StudioError
from sslstudio.domain.events import Event
from sslstudio.domain.run import RunSummary, fold
from sslstudio.gui.frame.run_rows import RunState as RowState
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.train.evidence import RunState
from sslstudio.services.runs.control_file import Wish
from sslstudio.services.runs.event_log import EventLog
from sslstudio.services.runs.folder import RunFolder

LOOK_MS = 500
SHOWN_AS: dict[Wish | None, RunState] = {None: "training", "pause": "paused", "stop": "stopping"}


@dataclass(slots=True)
class _Followed:
    folder: RunFolder
    log: EventLog
    summary: RunSummary


class OutsideRun(QObject):
    """Looks twice a second what another process does with the run that is on the Train page.

    Signals:
        ended: the RunFolder and its RunSummary, once the other process has let it go.
    """

    ended = Signal(object, object)

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._followed: _Followed | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_followed(self) -> bool:
        """True between `follow` and the run's end."""
        return self._followed is not None

    def follow(self, folder: RunFolder, log: EventLog, events: Iterable[Event]) -> None:
        """Follow the run on the Train page, whose log has been read up to these events."""
        self._followed = _Followed(folder, log, fold(events))
        self._timer.start()
        self.look()

    def leave(self) -> None:
        """Look no more; the run goes on."""
        followed, self._followed = self._followed, None
        self._timer.stop()
        if followed is not None:
            self._workshop.library.clear_live(followed.folder.id)

    def ask(self, wish: Wish | None) -> None:
        """Let the other process pause or stop; None lets it go on."""
        if self._followed is None:
            return
        try:
            self._followed.folder.ask(wish)
        except StudioError as error:
            self._workshop.frame.messages.show_error(error)
        self.look()

    def look(self) -> None:
        """Show what the run says now."""
        followed = self._followed
        if followed is None:
            return
        # Asked first: whatever a run wrote before it ended is then surely in its log.
        is_alive = followed.folder.is_alive()
        batch = followed.log.new_events()
        if batch:
            followed.summary = fold(batch, followed.summary)
            self._workshop.train.fold(batch)
        if is_alive:
            self._show(followed, SHOWN_AS[followed.folder.control.read()])
        else:
            self.leave()
            self.ended.emit(followed.folder, followed.summary)

    def _show(self, followed: _Followed, state: RunState) -> None:
        self._workshop.train.set_state(state)
        row: RowState = "paused" if state == "paused" else "training"
        self._workshop.library.mark_live(followed.folder.id, row, followed.summary.step)
