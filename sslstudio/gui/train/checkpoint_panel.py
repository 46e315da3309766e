"""A run's checkpoints: the line to look back along, and what can be done with one of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.domain.checkpoints import Checkpoint
from sslstudio.domain.run import RunSummary
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.checkpoint_line import CheckpointLine
from sslstudio.gui.train.words import number
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import ElidedLabel, text_label, use_tabular_figures

HINT = (
    "Drag to look back. Rewind here goes on from that step in a run of its own and keeps this one."
)
REWIND_HELP = "Go on from this step in a run of its own; this one is stopped and kept as it is"
USED_UP_HELP = "The budget is used up at this step: nothing is left to train"
KEEP_HELP = "Old checkpoints are deleted as training goes on; this one stays"


class CheckpointPanel(QWidget):
    """The line of checkpoints with the chosen one in words.

    Signals:
        chosen: the step that is looked at.
        released: the newest state is looked at again.
        branch_asked: the step to go on from.
        keep_asked: the step of a checkpoint that must stay, or need not any more.
    """

    chosen = Signal(int)
    released = Signal()
    branch_asked = Signal(int)
    keep_asked = Signal(int)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = RunSummary()
        self._kept: frozenset[int] = frozenset()
        self.line = CheckpointLine(tokens)
        self.words = ElidedLabel("", "small")
        self.rewind = Button("Rewind here", "link", tooltip=REWIND_HELP)
        self.keep = Button("Keep", "link", tooltip=KEEP_HELP)
        self.origin = text_label("", "small", wrap=True)
        self._arrange()

    def show_run(self, origin: str, kept: frozenset[int]) -> None:
        """Show another run: where it branched off, and which checkpoints stay."""
        self.line.release()
        self.origin.setText(origin)
        self.origin.setVisible(bool(origin))
        self.show_kept(kept)

    def show_kept(self, steps: frozenset[int]) -> None:
        """Mark the checkpoints that stay because the user said so."""
        self._kept = steps
        self.line.show_kept(steps)
        self._describe()

    def refresh(self, summary: RunSummary) -> None:
        """Show the checkpoints that a run has by now."""
        self._summary = summary
        end = float(summary.total_steps or 0)
        if not end and summary.progress > 0:
            end = summary.step / summary.progress
        self.line.show_checkpoints(summary.saved, summary.step, end)
        self._describe()

    def branch_step(self) -> int | None:
        """Return the step a branch would go on from: the chosen one, else the newest that can."""
        steps = self._summary.branchable
        if self.line.current is not None:
            return self.line.current if self.line.current in steps else None
        return steps[-1] if steps else None

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.line.set_tokens(tokens)

    def _describe(self) -> None:
        step = self.line.current
        for button in (self.rewind, self.keep):
            button.setVisible(step is not None)
        if step is None:
            self.words.set_text(_best_words(self._summary.best))
            return
        self.words.set_text(self.line.words_for(step))
        can_branch = step in self._summary.branchable
        self.rewind.setEnabled(can_branch)
        self.rewind.explain(REWIND_HELP if can_branch else USED_UP_HELP)
        self.keep.rename("Let go" if step in self._kept else "Keep", KEEP_HELP)

    def _rewind(self) -> None:
        if self.line.current is not None:
            self.branch_asked.emit(self.line.current)

    def _keep(self) -> None:
        if self.line.current is not None:
            self.keep_asked.emit(self.line.current)

    def _chosen(self, step: int) -> None:
        self._describe()
        self.chosen.emit(step)

    def _released(self) -> None:
        self._describe()
        self.released.emit()

    def _arrange(self) -> None:
        use_tabular_figures(self.words)
        self.rewind.setObjectName("train.rewind")
        self.keep.setObjectName("train.keep")
        self.line.chosen.connect(self._chosen)
        self.line.released.connect(self._released)
        self.rewind.clicked.connect(self._rewind)
        self.keep.clicked.connect(self._keep)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.words, 1)
        row.addWidget(self.rewind)
        row.addWidget(self.keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(text_label("Checkpoints", "section"))
        layout.addWidget(self.line)
        layout.addLayout(row)
        layout.addWidget(text_label(HINT, "small", wrap=True))
        layout.addWidget(self.origin)


def _best_words(best: Checkpoint | None) -> str:
    if best is None or best.knn is None:
        return ""
    return f"best kNN {number(best.knn)} at step {best.step:,}"
