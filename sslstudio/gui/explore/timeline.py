"""The line of checkpoints under the map: drag along it, or play it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import text_label

PAUSE_MS = 700
PLAY_HELP = "Show one checkpoint after the other, from here to the end"
STOP_HELP = "Stay at this checkpoint"
BEST_HELP = "Go to the checkpoint with the best kNN on the validation part"


class Timeline(QWidget):
    """A slider over checkpoints with a play button and the step in words.

    Signals:
        chosen: the step to show.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[int, ...] = ()
        self._total = 0
        self._best: int | None = None
        self._is_playing = False
        self.best = Button("Best", tooltip=BEST_HELP)
        self.play = Button("Play", tooltip=PLAY_HELP)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Checkpoint")
        self.slider.setToolTip("Which checkpoint is shown; arrow keys go to the next one")
        self.words = text_label("", "value")
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(PAUSE_MS)
        self._next.timeout.connect(self._advance)
        # While dragging, only the place where the handle is let go is meant.
        self.slider.setTracking(False)
        self.slider.sliderMoved.connect(lambda place: self._say(self._steps[place]))
        self.slider.valueChanged.connect(self._choose)
        self.play.clicked.connect(self._toggle)
        self.best.clicked.connect(self._go_to_best)
        self.best.hide()
        self._lay_out()

    @property
    def is_playing(self) -> bool:
        """True from Play until the end, or until it is stopped."""
        return self._is_playing

    def step(self) -> int | None:
        """Return the step that is chosen; None without checkpoints."""
        return self._steps[self.slider.value()] if self._steps else None

    def set_steps(self, steps: tuple[int, ...], total: int) -> None:
        """Offer these checkpoints of a run of `total` steps; the last one is chosen if new."""
        kept = self.step()
        self._steps, self._total = steps, total
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(steps) - 1))
        self.slider.setPageStep(1)
        self.slider.setValue(steps.index(kept) if kept in steps else len(steps) - 1)
        self.slider.blockSignals(False)
        for control in (self.play, self.slider):
            control.setEnabled(len(steps) > 1)
        self.set_best(self._best)
        self.say_loss(None)

    def set_best(self, step: int | None) -> None:
        """Offer the best checkpoint; None where kNN was never measured."""
        self._best = step
        self.best.setVisible(step in self._steps)

    def choose(self, step: int) -> None:
        """Go to a checkpoint; one that is not offered changes nothing."""
        if step in self._steps:
            self.slider.setValue(self._steps.index(step))

    def say_loss(self, loss: float | None) -> None:
        """Add the loss at the chosen step to the words; None leaves it out."""
        step = self.step()
        self._say(step, "" if loss is None else f" \u00b7 loss {loss:.2f}")

    def go_on(self) -> None:
        """Go to the next checkpoint soon, if it plays: the present one is on the screen."""
        if self._is_playing:
            self._next.start()

    def stop(self) -> None:
        """Play no further."""
        self._next.stop()
        self._set_playing(playing=False)

    def _go_to_best(self) -> None:
        if self._best is not None:
            self.stop()
            self.choose(self._best)

    def _toggle(self) -> None:
        if self._is_playing:
            self.stop()
            return
        self._set_playing(playing=True)
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        else:
            self._advance()

    def _advance(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self.stop()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _set_playing(self, *, playing: bool) -> None:
        self._is_playing = playing
        self.play.rename("Pause" if playing else "Play", STOP_HELP if playing else PLAY_HELP)

    def _choose(self, place: int) -> None:
        self._say(self._steps[place])
        self.chosen.emit(self._steps[place])

    def _say(self, step: int | None, more: str = "") -> None:
        text = "" if step is None else f"step {step:,} of {max(self._total, step):,}{more}"
        self.words.setText(text)
        self.slider.setAccessibleDescription(text)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(12)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.words)
        row.addWidget(self.best)
