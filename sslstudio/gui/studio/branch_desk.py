"""Branches off a run; off one that trains as soon as that has stopped."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from sslstudio.gui.studio.workshop import Workshop
from sslstudio.services.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Branching:
    """A branch that was asked for."""

    source: RunFolder
    name: str
    step: int


class BranchDesk(QObject):
    """Starts a branch, at once or when its run trains no more; one waits at most."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._waiting: Branching | None = None

    def begin(self, asked: Branching) -> None:
        """Train a branch now."""
        workshop = self._workshop
        workshop.estimator.block(blocked=True)
        workshop.training.branch(asked.source, asked.step, asked.name)
        workshop.frame.show_page("train")

    def begin_after(self, asked: Branching) -> None:
        """Train a branch when somebody has told `ended` of its run."""
        self._waiting = asked

    def forget(self, run_id: str) -> None:
        """Give up what waits for a run whose end will not be noticed."""
        if self._waiting is not None and self._waiting.source.id == run_id:
            self._waiting = None

    def ended(self, folder: RunFolder) -> None:
        """Begin what waited for the end of this run."""
        asked = self._waiting
        if asked is None or asked.source.id != folder.id:
            return
        self._waiting = None
        if not self._workshop.training.busy:
            self.begin(asked)
