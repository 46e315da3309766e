"""Reads the run that the one on the Train page is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.gui.studio.library_controller import line_of
from sslstudio.gui.studio.run_reading import view_of
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.train.compare_button import OtherRun
from sslstudio.gui.train.run_view import RunView


class CompareDesk(QObject):
    """Offers the library's runs for comparison and hands the chosen one's curves over."""

    def __init__(self, workshop: Workshop, shown_run: Callable[[], str]) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._shown_run = shown_run
        self._asked = ("", "")
        workshop.library.changed.connect(self._offer)
        workshop.train.compare_asked.connect(self._compare)

    def _offer(self) -> None:
        cards = [card for card in self._workshop.library.cards if not card.problem]
        runs = [OtherRun(card.id, card.name, line_of(card)) for card in cards]
        self._workshop.train.offer_runs(runs)

    def _compare(self, run_id: str) -> None:
        workshop = self._workshop
        self._asked = asked = self._shown_run(), run_id
        if not run_id:
            workshop.train.compare_with(None)
            return
        library = workshop.equipment.library

        def work(_progress: Progress, _cancelled: Cancelled) -> RunView:
            return view_of(workshop.equipment, library.find(run_id))

        job = workshop.jobs.start(work, "Reading a run to compare with")
        job.done.connect(partial(self._found, asked))
        job.failed.connect(workshop.frame.messages.show_error)

    def _found(self, asked: tuple[str, str], view: RunView) -> None:
        # Another choice may have been made meanwhile, or another run be on the page.
        if asked == self._asked and asked[0] == self._shown_run():
            self._workshop.train.compare_with(view)
