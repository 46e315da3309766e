"""Start, pause, resume, stop and branch: which of them make sense in which state."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import restyle

SHOWN: dict[RunState, tuple[str, ...]] = {
    "idle": ("start",),
    "starting": ("pause", "stop"),
    "training": ("pause", "stop", "branch"),
    "paused": ("resume", "stop", "branch"),
    "stopping": ("pause", "stop"),
    "done": ("start", "branch"),
    "interrupted": ("resume", "start", "branch"),
    "failed": ("start", "branch"),
}
WAITING: dict[RunState, tuple[str, ...]] = {"starting": ("pause",), "stopping": ("pause", "stop")}
BRANCH_HELP = "Go on from a checkpoint in a run of its own; this one is stopped and kept as it is"


class RunControls(QWidget):
    """A row of the buttons that the state allows.

    Signals:
        start_asked, pause_asked, resume_asked, stop_asked, branch_asked: the button was pressed.
    """

    start_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()
    stop_asked = Signal()
    branch_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: RunState = "idle"
        self._branch_step: int | None = None
        self._resumable = False
        self.buttons = {
            "resume": Button("Resume", "primary", tooltip="Go on where training stands (Space)"),
            "start": Button("Start training", "primary", tooltip="Train the recipe that is open"),
            "pause": Button("Pause", tooltip="Hold training at the next step (Space)"),
            "stop": Button("Stop", tooltip="End training after writing a checkpoint"),
            "branch": Button("Branch", tooltip=BRANCH_HELP),
        }
        self._connect()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for name, button in self.buttons.items():
            button.setObjectName(f"train.{name}")
            row.addWidget(button)
        row.addStretch(1)
        self.set_state("idle")

    @property
    def state(self) -> RunState:
        """The state whose buttons are shown."""
        return self._state

    def set_state(self, state: RunState) -> None:
        """Show the buttons of a state."""
        self._state = state
        shown = {*SHOWN[state], *(("resume",) if state == "failed" and self._resumable else ())}
        for name, button in self.buttons.items():
            button.setVisible(name in shown and (name != "branch" or self._branch_step is not None))
            button.setEnabled(name not in WAITING.get(state, ()))
        again = state in {"done", "interrupted", "failed"}
        self.buttons["start"].rename("Start a new run" if again else "Start training")
        restyle(self.buttons["start"], "kind", "secondary" if "resume" in shown else "primary")
        self.buttons["stop"].rename("Stopping" if state == "stopping" else "Stop")

    def allow(self, *, resume: bool, branch_step: int | None) -> None:
        """Say whether a failed run can go on, and from which step a branch would."""
        if (resume, branch_step) == (self._resumable, self._branch_step):
            return
        self._resumable, self._branch_step = resume, branch_step
        if branch_step is not None:
            self.buttons["branch"].explain(f"{BRANCH_HELP}; now from step {branch_step:,}")
        self.set_state(self._state)

    def pause_or_resume(self) -> None:
        """Pause a training run, or let a paused or interrupted one go on."""
        for name in ("pause", "resume"):
            button = self.buttons[name]
            if button.isVisibleTo(self) and button.isEnabled():
                button.click()
                return

    def _connect(self) -> None:
        for name, signal in (
            ("start", self.start_asked),
            ("pause", self.pause_asked),
            ("resume", self.resume_asked),
            ("stop", self.stop_asked),
            ("branch", self.branch_asked),
        ):
            self.buttons[name].clicked.connect(lambda _checked=False, s=signal: s.emit())
