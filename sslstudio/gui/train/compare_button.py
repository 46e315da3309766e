"""The button that lays another run's curves under those of the run that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from sslstudio.gui.widgets.button import Button

MOST_RUNS = 30
"""Entries of the menu; the newest runs are the ones that are compared."""


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A run that can be compared with."""

    id: str
    name: str
    line: str
    """Its state in a few words."""


class CompareButton(Button):
    """Offers the other runs in a menu.

    Signals:
        chosen: the id of a run; empty to compare no longer.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Compare")
        self.setObjectName("train.compare")
        self._runs: tuple[OtherRun, ...] = ()
        self._own = ""
        self._compared = ""
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self._fill()

    def offer(self, runs: Sequence[OtherRun]) -> None:
        """Offer these runs, the newest first."""
        if tuple(runs) != self._runs:
            # The menu may be open: filled anew it would lose its place.
            self._runs = tuple(runs)
            self._fill()

    def leave_out(self, run_id: str) -> None:
        """Do not offer the run that is looked at; it is compared with nothing yet."""
        self._own, self._compared = run_id, ""
        self._fill()

    def mark(self, run_id: str) -> None:
        """Tick the run that is compared with; empty for none."""
        self._compared = run_id
        self._fill()

    def entries(self) -> list[QAction]:
        """Return what can be chosen."""
        return [action for action in self._menu.actions() if not action.isSeparator()]

    def _fill(self) -> None:
        self._menu.clear()
        if self._compared:
            self._menu.addAction("Stop comparing").triggered.connect(lambda: self.chosen.emit(""))
            self._menu.addSeparator()
        others = [run for run in self._runs if run.id != self._own][:MOST_RUNS]
        for run in others:
            action = self._menu.addAction(f"{run.name}   {run.line}".replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(run.id == self._compared)
            action.setToolTip(f"{run.name}, {run.line}\n{run.id}")
            action.triggered.connect(_Choice(self, run.id))
        self.setEnabled(bool(others) and bool(self._own))
        self.explain(self._words(others))

    def _words(self, others: Sequence[OtherRun]) -> str:
        if not others:
            return "There is no other run to compare with yet"
        if not self._own:
            return "There is no run here to compare with another one"
        return "Draw another run's curves beside this one's"


class _Choice:
    """Says which run an entry of the menu stands for."""

    def __init__(self, button: CompareButton, run_id: str) -> None:
        self._button = button
        self._run_id = run_id

    def __call__(self) -> None:
        self._button.chosen.emit(self._run_id)
