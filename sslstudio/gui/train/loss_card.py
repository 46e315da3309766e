"""The loss in a card: plot, ruler, chips for the view and for the terms, values at the pointer."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.gui.theme import Tokens, class_colour
from sslstudio.gui.train.comparison import Comparison
from sslstudio.gui.train.drawing import Drawing, View, drawn, nearest, place_of
from sslstudio.gui.train.loss_plot import LossPlot
from sslstudio.gui.train.toggle_chip import ToggleChip
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.train.words import duration, short
from sslstudio.gui.widgets.flow_layout import FlowLayout
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import ElidedLabel, text_label, use_tabular_figures

SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
TERM_CLASSES = (1, 2, 3, 4, 5, 8, 11, 12, 6)
"""Class colours of the terms beside the loss, which is drawn in accent."""


class LossCard(Panel):
    """Shows the terms of a run; what is shown of them is the user's choice and is kept."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__("card", spacing=4)
        self._tokens = tokens
        self.view = View()
        self._trace = RunTrace()
        self._drawing: Drawing | None = None
        self._other: Comparison | None = None
        self._held: int | None = None
        self._pointed: float | None = None
        self._terms: dict[str, ToggleChip] = {}
        self.plot = LossPlot(tokens)
        self.readout = ElidedLabel("", "small")
        self.footnote = text_label("", "small")
        self.smooth_chip = ToggleChip("smooth .6", tokens, "Smoothing: click for the next one")
        self.log_chip = ToggleChip("log", tokens, "Logarithmic axis")
        self.axis_chip = ToggleChip("by step", tokens, "Steps or training time on the lower axis")
        self._arrange()

    def show_trace(self, trace: RunTrace) -> None:
        """Show another run, with axes of its own."""
        self._trace, self._drawing, self._held = trace, None, None
        self._other = None
        self.refresh()

    def compare(self, other: Comparison | None) -> None:
        """Draw another run's curves beside this one's; None for none."""
        self._other, self._drawing = other, None
        self.refresh()

    def refresh(self) -> None:
        """Draw what the run says now."""
        self._offer_terms()
        other = None if self._other is None else self._other.loss_trace
        self._drawing = drawn(self._trace, self.view, self._drawing, other)
        self.plot.show_drawing(self._drawing, self._colours())
        self._show_footnote(self._drawing)
        self._point_again()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        for chip in (self.smooth_chip, self.log_chip, self.axis_chip, *self._terms.values()):
            chip.set_tokens(tokens)
        self._colour_chips()
        self.plot.set_tokens(tokens)
        self.refresh()

    def hold(self, step: int | None) -> None:
        """Keep the vertical line at a step while the mouse is elsewhere."""
        self._held = step
        self._point_again()

    @property
    def terms(self) -> dict[str, ToggleChip]:
        """The chips of the terms by name."""
        return self._terms

    def _change(self, view: View) -> None:
        self.view = view
        self._drawing = None
        self.refresh()

    def _next_smoothing(self) -> None:
        place = SMOOTHINGS.index(self.view.smoothing)
        smoothing = SMOOTHINGS[(place + 1) % len(SMOOTHINGS)]
        self.smooth_chip.rename(_smoothing_words(smoothing))
        self._change(replace(self.view, smoothing=smoothing))

    def _toggle_log(self) -> None:
        self._change(replace(self.view, log=self.log_chip.isChecked()))

    def _next_axis(self) -> None:
        by_time = not self.view.by_time
        self.axis_chip.rename("by time" if by_time else "by step")
        self._change(replace(self.view, by_time=by_time))

    def _term_clicked(self) -> None:
        """Take the checked terms on; the last one cannot be taken away."""
        shown = tuple(name for name, chip in self._terms.items() if chip.isChecked())
        if not shown:
            self._show_checked()
            return
        self._change(replace(self.view, terms=shown))

    def _offer_terms(self) -> None:
        names = list(self._trace.terms)
        if names == list(self._terms):
            return
        while (item := self._term_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._terms = {}
        for name in names:
            chip = ToggleChip(name, self._tokens, f"Show or hide the curve of {name}")
            chip.setCheckable(True)
            chip.clicked.connect(self._term_clicked)
            self._terms[name] = chip
            self._term_row.addWidget(chip)
        self._term_holder.setVisible(len(names) > 1)
        kept = tuple(name for name in self.view.terms if name in names)
        first = ("loss",) if "loss" in names or not names else (names[0],)
        self.view = replace(self.view, terms=kept or first)
        self._colour_chips()
        self._show_checked()

    def _show_checked(self) -> None:
        for name, chip in self._terms.items():
            chip.setChecked(name in self.view.terms)

    def _colour_chips(self) -> None:
        for name, colour in self._colours().items():
            if name in self._terms:
                self._terms[name].set_dot(colour)

    def _colours(self) -> dict[str, QColor]:
        others = [name for name in self._trace.terms if name != "loss"]
        colours = {
            name: QColor(class_colour(TERM_CLASSES[place % len(TERM_CLASSES)]))
            for place, name in enumerate(others)
        }
        return {"loss": QColor(self._tokens.accent), **colours}

    def _point(self, x: float) -> None:
        self._pointed = x
        self._point_again()

    def _point_away(self) -> None:
        self._pointed = None
        self._point_again()

    def _point_again(self) -> None:
        """Put line and values where the mouse is, else at the held step, else nowhere."""
        x = self._pointed if self._pointed is not None else self._held_place()
        found = None if x is None else nearest(self._trace, self.view, x)
        if x is None or found is None:
            self.plot.point_at(None)
            self.readout.set_text("")
            return
        step, values = found
        self.plot.point_at(x if self._pointed is None else self._place(step))
        self.readout.set_text(self._words_at(step, values))

    def _words_at(self, step: int, values: dict[str, float]) -> str:
        parts = [f"step {step:,}"]
        if self.view.by_time:
            curve = self._trace.terms[next(iter(values))]
            parts.append(duration(place_of(step, curve, self.view)))
        parts += [
            short(value) if len(values) == 1 else f"{name} {short(value)}"
            for name, value in values.items()
        ]
        parts += [mark.text for mark in self._trace.marks if abs(mark.step - step) <= self._reach()]
        return "  \u00b7  ".join(parts)

    def _reach(self) -> float:
        """Return how many steps lie within a few pixels of the line."""
        steps = self._trace.summary.step or 1
        return steps * 6 / max(1, self.plot.width())

    def _held_place(self) -> float | None:
        return None if self._held is None else self._place(self._held)

    def _place(self, step: int) -> float:
        curve = self._trace.terms.get(self.view.terms[0])
        return float(step) if curve is None else place_of(step, curve, self.view)

    def _show_footnote(self, drawing: Drawing) -> None:
        axis = "training time" if self.view.by_time else "step"
        if self._other is not None:
            axis += f"  \u00b7  {self._other.words}"
        if drawing.left_out:
            axis += f"  \u00b7  {drawing.left_out:,} values at or below zero are left out"
        self.footnote.setText(axis)
        newest = {
            name: self._trace.terms[name].last
            for name in self.view.terms
            if name in self._trace.terms
        }
        values = ", ".join(f"{name} {short(value)}" for name, value in newest.items())
        anchors = ", ".join(ruler.text for ruler in drawing.rulers if not ruler.is_past)
        self.plot.setAccessibleDescription(f"{values}. Ruler: {anchors}")

    def _arrange(self) -> None:
        self.setObjectName("train.loss")
        self.setAccessibleName("Loss")
        self.plot.setAccessibleName("Loss over the run")
        use_tabular_figures(self.readout)
        self.smooth_chip.reserve(tuple(_smoothing_words(weight) for weight in SMOOTHINGS))
        self.axis_chip.reserve(("by step", "by time"))
        self.log_chip.setCheckable(True)
        self.smooth_chip.clicked.connect(self._next_smoothing)
        self.log_chip.clicked.connect(self._toggle_log)
        self.axis_chip.clicked.connect(self._next_axis)
        self.plot.pointed.connect(self._point)
        self.plot.pointed_away.connect(self._point_away)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(text_label("Loss", "section"))
        head.addWidget(self.readout, 1)
        for chip in (self.smooth_chip, self.log_chip, self.axis_chip):
            head.addWidget(chip)
        self._term_holder = QWidget()
        self._term_row = FlowLayout(self._term_holder, spacing=4)
        self._term_holder.hide()
        self.body.addLayout(head)
        self.body.addWidget(self._term_holder)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.footnote, 0, Qt.AlignmentFlag.AlignHCenter)


def _smoothing_words(weight: float) -> str:
    return f"smooth {weight:g}".replace("0.", ".") if weight else "smooth off"
