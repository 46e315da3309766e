"""Asks for several values of one field, to train a run at each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from sslstudio.domain.check import check
from sslstudio.domain.errors import RecipeError, StudioError
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds
from sslstudio.domain.sweep import Axis, trials_of, values_in
from sslstudio.gui.design.chooser import Chooser, Option
from sslstudio.gui.design.variations import Variation, variations
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.text import restyle, text_label

HELP = "Values with commas between them; x0.5 is half of the recipe's own value, [0.2, 1] is a pair"


class SweepSection(QWidget):
    """A field, its values, and a button that trains a run at each; closed at first.

    Signals:
        asked: the `Axis` to train along.
    """

    asked = Signal(object)

    def __init__(self, kinds: Kinds) -> None:
        super().__init__()
        self._kinds = kinds
        self._recipe: Recipe | None = None
        self._offered: tuple[Variation, ...] = ()
        self._why_not = ""
        self.heading = Disclosure("Try several values")
        self.fields = Chooser("What to vary")
        self.values = QLineEdit()
        self.note = text_label("", "small", wrap=True)
        self.train = Button("Train")
        self._arrange()

    def show_part(self, recipe: Recipe, path: str, suggested: Axis | None) -> None:
        """Offer what can be varied of the part at a path; what was written stays while it can."""
        self._recipe = recipe
        chosen, before = self.fields.currentText(), self._offered
        self._offered = variations(recipe, path, suggested)
        self.setVisible(bool(self._offered))
        same = [one.paths for one in before] == [one.paths for one in self._offered]
        options = [Option(one.title, one.title, one.meaning) for one in self._offered]
        first = options[0].value if options else ""
        self.fields.show_options(options, chosen if same else first)
        if not same:
            self.heading.open(shown=False)
            self._fill()
        self._check()

    def block(self, reason: str) -> None:
        """Keep runs from being started for a reason; none if it is empty."""
        self._why_not = reason
        self._check()

    def axis(self) -> Axis:
        """Return what was written; RecipeError if it names fewer than two values."""
        chosen = self._offered[self.fields.currentIndex()]
        values = values_in(self.values.text())
        if len(values) < 2:
            raise RecipeError("Write two values or more, with commas between them.")
        return Axis(paths=chosen.paths, values=values, label=chosen.label)

    def _picked(self) -> None:
        self._fill()
        self._check()

    def _fill(self) -> None:
        place = self.fields.currentIndex()
        self.values.setText(self._offered[place].text if place >= 0 else "")

    def _check(self) -> None:
        if self._recipe is None or not self.heading.is_open or not self._offered:
            return
        try:
            axis = self.axis()
            trials = trials_of(self._recipe, [axis], self._kinds)
            for trial in trials:
                wrong = [p.text for p in check(trial.recipe) if p.severity == "error"]
                if wrong:
                    raise RecipeError(f"{trial.words}: {wrong[0]}")
        except StudioError as error:
            self._say("Train", str(error), fine=False)
            return
        budget = self._recipe.training.budget
        words = (
            f"{budget.amount:g} {budget.unit} each, one after the other. Evaluate compares them."
        )
        self._say(f"Train {len(trials)} runs", self._why_not or words, fine=not self._why_not)

    def _say(self, button: str, words: str, *, fine: bool) -> None:
        self.train.rename(button, "Train a run at each of these values")
        self.train.setEnabled(fine)
        restyle(self.note, "role", "small" if fine or self._why_not else "alarm")
        self.note.setText(words)

    def _ask(self) -> None:
        self.asked.emit(self.axis())

    def _arrange(self) -> None:
        self.fields.setObjectName("design.sweep.field")
        self.values.setObjectName("design.sweep.values")
        self.train.setObjectName("design.sweep.train")
        self.values.setAccessibleName("Values to try")
        self.values.setToolTip(HELP)
        self.values.setPlaceholderText("0.1, 0.2, 0.5")
        body = self.heading.body
        body.setSpacing(8)
        for widget in (self.fields, self.values, self.note, self.train):
            body.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        self.fields.picked.connect(self._picked)
        self.values.textChanged.connect(self._check)
        self.values.returnPressed.connect(self.train.click)
        self.heading.toggled.connect(self._check)
        self.train.clicked.connect(self._ask)
        self.hide()
