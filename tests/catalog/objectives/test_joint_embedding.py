"""Joint embedding as a whole: who moves which parameters, and what local views see."""

from __future__ import annotations

import pytest
import torch

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.engine.loop import train
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

MULTI_CROP = ("dino", "swav", "lejepa")
WITHOUT_NEGATIVES = ("w-mse", "emp-ssl", *MULTI_CROP)


def session_of(catalog, preset: str, **changes):
    return small_session(catalog, small_recipe(catalog, preset, **changes))


@pytest.mark.parametrize("preset", ["simclr", "simsiam", "byol", *WITHOUT_NEGATIVES])
def test_every_moving_parameter_has_one_group(catalog, preset):
    objective = session_of(catalog, preset).parts.objective
    (player,) = objective.players()
    shared = [id(p) for group in player.groups for p in group.parameters]
    moving = [id(p) for p in objective.parameters() if p.requires_grad]
    assert sorted(shared) == sorted(moving)


@pytest.mark.parametrize("preset", MULTI_CROP)
def test_local_views_never_reach_the_target(catalog, preset):
    session = session_of(catalog, preset)
    seen = {}
    objective = session.parts.objective
    embed, terms = objective.target.embed, objective.loss.terms

    def watched_embed(views, online, indices):
        seen["target sizes"] = [view.shape[-1] for view in views]
        return embed(views, online, indices)

    def watched_terms(queries, targets, similarity, memory):
        seen["counts"] = len(queries), len(targets)
        return terms(queries, targets, similarity, memory)

    objective.target.embed, objective.loss.terms = watched_embed, watched_terms
    objective.train()
    session.advance()
    copies = sum(source.copies for source in session.parts.views)
    assert seen["counts"] == (copies, 2)
    assert set(seen["target sizes"]) == {12}


def test_dinos_last_layer_waits_and_its_teacher_follows_without_gradient(catalog):
    session = session_of(
        catalog,
        "dino",
        objective__projector__frozen_until=0.5,
        training__budget={"unit": "steps", "amount": 4},
        training__schedule={"kind": "constant", "warmup": 0.0},
    )
    objective = session.parts.objective
    objective.train()
    last = objective.projector.network[1].weight
    teacher = objective.target.teacher
    start, old = last.clone(), [p.clone() for p in teacher.parameters()]
    session.advance()
    session.advance()
    assert torch.equal(last, start)
    assert all(p.grad is None for p in teacher.parameters())
    moved = [not torch.equal(p, q) for p, q in zip(teacher.parameters(), old, strict=True)]
    assert sum(moved) >= len(moved) - 1  # all but its own last layer
    session.advance()
    assert not torch.equal(last, start)


def test_swavs_prototypes_wait_and_then_move(catalog):
    session = session_of(
        catalog,
        "swav",
        objective__loss__frozen_until=0.5,
        training__budget={"unit": "steps", "amount": 4},
        training__schedule={"kind": "constant", "warmup": 0.0},
    )
    session.parts.objective.train()
    prototypes = session.parts.objective.loss.prototypes
    start = prototypes.detach().clone()
    for _ in range(2):
        session.advance()
    assert torch.allclose(prototypes, start, atol=1e-6)
    session.advance()
    assert not torch.allclose(prototypes, start, atol=1e-4)


def test_swavs_queue_fills_with_what_the_target_said(catalog):
    session = session_of(
        catalog, "swav", objective__loss__queue=32, objective__loss__queue_from=0.0
    )
    loss = session.parts.objective.loss
    list(train(session, MemoryKeep(), Script(stop_at=1)))
    assert not loss.uses_queue
    session.parts.objective.train()
    session.advance()
    assert loss.uses_queue
    lengths = loss.queue.vectors.norm(dim=2)
    assert torch.allclose(lengths, torch.ones_like(lengths), atol=1e-5)


@pytest.mark.parametrize(
    ("preset", "changes", "path"),
    [
        ("dino", {"objective__target": "same"}, "objective.target"),
        ("swav", {"objective__target": "same"}, "objective.target"),
        ("swav", {"objective__loss__iterations": 0}, "objective.loss.iterations"),
        ("emp-ssl", {"views__0__copies": 2}, "views"),
        ("w-mse", {"training__batch_size": 50}, "objective.projector.output"),
        ("lejepa", {"objective__loss__weight": 0.0}, "objective.loss.weight"),
    ],
)
def test_check_passes_on_what_the_loss_says_about_its_surroundings(catalog, preset, changes, path):
    def problems(recipe):
        return {
            problem.path: problem
            for problem in check(recipe, DataFacts(train_images=9000, channels=3))
        }

    healthy = {"training__batch_size": 256}
    assert path not in problems(small_recipe(catalog, preset, **healthy))
    changed = small_recipe(catalog, preset, **{**healthy, **changes})
    found = problems(changed)[path]
    for where, value in found.fix.edits:
        changed = with_value(changed, where, value, catalog.kinds)
    assert path not in problems(changed)
