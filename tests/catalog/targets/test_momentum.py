"""The averaged network follows the weights of after the step, once in each step."""

from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.catalog import load_catalog
from tests.support.runs import small_recipe, small_session

CATALOG = load_catalog()


def pair(start: float, end: float, steps: int):
    """Return teacher and student weights before and after steps."""
    momentum = {"objective__target__start": start, "objective__target__end": end}
    session = small_session(CATALOG, small_recipe(CATALOG, "byol", **momentum))
    objective = session.parts.objective.train()
    online = torch.nn.Sequential(objective.encoder, objective.projector)
    weights = [[p.detach().clone() for p in objective.target.teacher.parameters()]]
    for _ in range(steps):
        session.advance()
        weights.append([p.detach().clone() for p in online.parameters()])
    return list(objective.target.teacher.parameters()), weights


def test_without_momentum_it_is_the_network_of_after_the_last_step():
    teacher, weights = pair(0.0, 0.0, steps=3)
    assert all(map(torch.equal, teacher, weights[-1]))
    assert not all(map(torch.equal, teacher, weights[-2]))


def test_with_all_of_the_momentum_it_never_moves():
    teacher, weights = pair(1.0, 1.0, steps=3)
    assert all(map(torch.equal, teacher, weights[0]))


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_it_moves_once_in_a_step(momentum):
    teacher, (before, first, second) = pair(momentum, momentum, steps=2)
    for place, tensor in enumerate(teacher):
        once = momentum * before[place] + (1 - momentum) * first[place]
        expected = momentum * once + (1 - momentum) * second[place]
        torch.testing.assert_close(tensor, expected)
