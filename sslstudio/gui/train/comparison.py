"""Another run whose curves are drawn beside those of the run that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.domain.recipe import Recipe
from sslstudio.gui.train.run_view import RunView
from sslstudio.gui.train.trace import RunTrace

LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Comparison:
    """The other run's name and curves, and whether its loss is the same quantity."""

    id: str
    name: str
    trace: RunTrace
    same_loss: bool

    @property
    def words(self) -> str:
        """What of the run is drawn, for the foot of the loss plot."""
        name = self.name
        if len(name) > LONGEST_NAME:
            name = f"{name[: LONGEST_NAME - 1]}\u2026"
        if self.same_loss:
            return f"dotted: {name}"
        return f"{name} has another loss: compare the monitors"

    @property
    def loss_trace(self) -> RunTrace | None:
        """The run's curves where its loss is the same quantity; None where it is another one."""
        return self.trace if self.same_loss else None


def compared(shown: RunView, other: RunView) -> Comparison:
    """Return another run as what is compared with the shown one."""
    trace = RunTrace()
    trace.fold(other.events)
    same = _loss_of(shown.recipe) == _loss_of(other.recipe)
    return Comparison(other.id, other.name, trace, same_loss=same)


def _loss_of(recipe: Recipe | None) -> tuple[str, ...]:
    """Return the kinds of objective and loss: values of other kinds cannot be compared."""
    if recipe is None:
        return ()
    loss = getattr(recipe.objective, "loss", None)
    return recipe.objective.kind, str(getattr(loss, "kind", loss))
