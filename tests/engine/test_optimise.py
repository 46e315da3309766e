from __future__ import annotations

import torch
from torch import Tensor, nn

from sslstudio.domain.recipe import Budget, Schedule
from sslstudio.engine.optimise import Optimisation
from sslstudio.engine.parts import Batch, Objective, OptimizerPlan, ParameterGroup, Player
from sslstudio.engine.plan import Compute, Plan
from tests.support.runs import small_store

BATCH = Batch(views=(torch.ones(2, 3),), images=torch.ones(2, 3), indices=torch.arange(2))


class Late(Objective):
    """Two matrices in a row, the second of which waits for half of the budget."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3, bias=False)
        self.second = nn.Linear(3, 3, bias=False)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        del player
        return {"loss": self.second(self.first(batch.views[0])).square().mean()}

    def players(self) -> tuple[Player, ...]:
        first = ParameterGroup(parameters=list(self.first.parameters()))
        second = ParameterGroup(parameters=list(self.second.parameters()), frozen_until=0.5)
        return (Player(name="model", groups=(first, second)),)


def optimisation_of(objective: Objective) -> Optimisation:
    store = small_store()
    plan = Plan(
        store=store,
        facts=store.facts(),
        batch_size=2,
        budget=Budget(),
        schedule=Schedule(kind="constant", warmup=0.0),
        seed=0,
        compute=Compute(device="cpu"),
    )

    def make(groups):
        return torch.optim.AdamW(groups, lr=0.1, weight_decay=0.5)

    return Optimisation(
        objective, OptimizerPlan(learning_rate=0.1, weight_decay=0.5, make=make), plan
    )


def test_a_frozen_group_does_not_move_at_all_until_its_share_of_the_budget():
    objective = Late()
    optimisation = optimisation_of(objective)
    first, second = objective.first.weight.clone(), objective.second.weight.clone()
    for progress in (0.0, 0.25, 0.49):
        optimisation.step(BATCH, progress)
        assert torch.equal(objective.second.weight, second)
    assert not torch.equal(objective.first.weight, first)
    optimisation.step(BATCH, 0.5)
    assert not torch.equal(objective.second.weight, second)


def test_a_frozen_group_gathers_no_momentum():
    objective = Late()
    optimisation = optimisation_of(objective)
    optimisation.step(BATCH, 0.1)
    (optimizer,) = optimisation.optimizers.values()
    assert objective.second.weight not in optimizer.state
    assert objective.first.weight in optimizer.state


def test_a_constant_group_keeps_the_peak_while_the_schedule_falls():
    class Asymmetric(Late):
        def players(self) -> tuple[Player, ...]:
            groups = (
                ParameterGroup(parameters=list(self.first.parameters()), rate=2.0),
                ParameterGroup(parameters=list(self.second.parameters()), constant=True),
            )
            return (Player(name="model", groups=groups),)

    optimisation = optimisation_of(Asymmetric())
    optimisation.schedule = Schedule(kind="one-cycle", warmup=0.0)
    optimisation.step(BATCH, 0.75)
    rates = [group["lr"] for group in optimisation.optimizers["model"].param_groups]
    assert rates == [2.0 * 0.1 * 0.25, 0.1]
