from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.nce import NceSpec
from sslstudio.catalog.losses.nt_xent import NtXentSpec
from sslstudio.catalog.targets.memory_bank import MemoryBankSpec
from sslstudio.domain.events import Stepped
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import train
from tests.catalog.losses.wirings import wiring
from tests.catalog.targets.branches import (
    BATCH,
    IMAGES,
    branch,
    images,
    look,
    network,
    views_of,
)
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

ROWS = torch.tensor([5, 9, 100, 42, *range(110, 110 + BATCH - 4)])


def test_the_bank_begins_with_the_embeddings_of_the_untouched_images():
    online = network()
    target = branch("memory-bank", online)
    online.eval()
    with torch.no_grad():
        expected = F.normalize(online(images().normalised(images().pixels)), dim=1)
    torch.testing.assert_close(target.bank.vectors, expected, atol=1e-5, rtol=1e-4)


def test_every_view_has_its_images_stored_embedding_as_target():
    online = network()
    target = branch("memory-bank", online)
    first, second = look(target, online, ROWS)
    assert torch.equal(first, target.bank.vectors[ROWS])
    assert torch.equal(second, first)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_entries_of_the_batch_follow_after_the_step(momentum):
    online = network()
    target = branch("memory-bank", online, momentum=momentum)
    before = target.bank.vectors.clone()
    views = [F.normalize(online(view), dim=1).detach() for view in views_of(ROWS)]
    look(target, online, ROWS)
    assert torch.equal(target.bank.vectors, before)
    target.after_step(online, 0.0)
    new = F.normalize((views[0] + views[1]) / 2, dim=1)
    expected = F.normalize(momentum * before[ROWS] + (1 - momentum) * new, dim=1)
    torch.testing.assert_close(target.bank.vectors[ROWS], expected)
    others = torch.ones(IMAGES, dtype=torch.bool).index_fill(0, ROWS, value=False)
    assert torch.equal(target.bank.vectors[others], before[others])


def test_negatives_are_other_images_each_once_and_drawn_anew():
    online = network()
    target = branch("memory-bank", online, negatives=150)
    drawn = []
    for seed in range(3):
        torch.manual_seed(seed)
        look(target, online, ROWS)
        matches = target.memory() @ target.bank.vectors.T
        rows = matches.argmax(dim=1).tolist()
        assert len(set(rows)) == 150
        assert not set(rows) & set(ROWS.tolist())
        drawn.append(rows)
    assert drawn[0] != drawn[1] != drawn[2]


def test_where_there_are_fewer_all_others_are_taken():
    online = network()
    target = branch("memory-bank", online, negatives=4096)
    assert len(target.memory()) == IMAGES - BATCH
    look(target, online, ROWS)
    assert len(target.memory()) == IMAGES - BATCH


def test_check_wants_images_beside_the_batch_and_counts_none_twice():
    spec, loss = MemoryBankSpec(), NceSpec(batch_negatives=False)
    assert not list(spec.doubts(wiring(spec, loss, train_images=9000)))
    (problem,) = spec.doubts(wiring(spec, loss, train_images=256))
    assert (problem.severity, problem.path) == ("error", "training.batch_size")
    assert problem.fix.edits == (("training.batch_size", 128),)
    (problem,) = spec.doubts(wiring(spec, NtXentSpec(), train_images=9000))
    assert (problem.severity, problem.path) == ("warning", "objective.loss.batch_negatives")


def test_a_run_with_a_bank_is_resumed_to_the_bit(catalog):
    changes = {"objective__target": "memory-bank", "objective__loss__batch_negatives": False}
    recipe = small_recipe(catalog, "nce", **changes)
    whole, first, second = (small_session(catalog, recipe) for _ in range(3))
    events = list(train(whole, MemoryKeep(), Script()))
    assert all(math.isfinite(e.terms["loss"]) for e in events if isinstance(e, Stepped))
    keep = MemoryKeep()
    list(train(first, keep, Script(stop_at=3)))
    second.restore(unflatten(*keep.checkpoints[3]))
    list(train(second, MemoryKeep(), Script()))
    found = second.parts.objective.state_dict()
    for name, value in whole.parts.objective.state_dict().items():
        assert torch.equal(found[name], value), name
