from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.byol_regression import ByolRegressionSpec
from sslstudio.catalog.losses.nt_xent import NtXent, NtXentSpec
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.catalog.targets.queue import QueueSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Batch
from tests.catalog.losses.wirings import wiring
from tests.catalog.targets.branches import BATCH, DIM, IMAGES, branch, look, network, step
from tests.support.runs import small_recipe, small_session

ROWS = torch.arange(BATCH)


def problems(spec, loss=None, **rest):
    return list(spec.doubts(wiring(spec, loss or NtXentSpec(batch_negatives=False), **rest)))


def test_keys_enter_after_the_step_those_of_both_views_at_once():
    online = network()
    target = branch("queue", online, size=100)
    before = target.memory().clone()
    keys = look(target, online, ROWS)
    assert torch.equal(target.memory(), before)
    target.after_step(online, 0.0)
    torch.testing.assert_close(target.memory()[: 2 * BATCH], torch.cat(keys))
    assert torch.equal(target.memory()[2 * BATCH :], before[2 * BATCH :])


def test_no_direction_of_the_loss_meets_a_key_of_its_own_images():
    # lightly's benchmark enqueues the first view's keys before it asks in the other direction.
    online = network()
    target = branch("queue", online, size=100)
    loss, stored = NtXent(NtXentSpec(temperature=0.2, batch_negatives=False)), target.memory()
    before = stored.clone()
    keys = look(target, online, ROWS)
    queries = [F.normalize(online(view), dim=1).detach() for view in torch.rand(2, BATCH, 1, 4, 4)]

    def one_way(query, key):
        logits = torch.cat([(query * key).sum(1, keepdim=True), query @ before.T], dim=1) / 0.2
        return F.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.int64))

    expected = (one_way(queries[0], keys[1]) + one_way(queries[1], keys[0])) / 2
    found = loss.terms(queries, keys, Cosine(), target.memory())["loss"]
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_keys_come_from_the_slow_copy_on_the_unit_sphere():
    online = network()
    target = branch("queue", online, start=0.9, end=0.9, norm_groups=1)
    slow = [p.clone() for p in target.teacher.parameters()]
    step(target, online, ROWS)
    moved = zip(target.teacher.parameters(), slow, online.parameters(), strict=True)
    for mine, old, theirs in moved:
        torch.testing.assert_close(mine, 0.9 * old + 0.1 * theirs)
    keys = look(target, online, ROWS)
    torch.testing.assert_close(keys[0].norm(dim=1), torch.ones(BATCH))
    assert all(p.grad is None for p in target.teacher.parameters())


def test_the_momentum_moves_from_start_to_end():
    online = network()
    for progress, share in ((0.0, 0.0), (1.0, 1.0)):
        target = branch("queue", online, start=0.0, end=1.0)
        before = target.teacher[1].weight.clone()
        with torch.no_grad():
            online[1].weight.add_(1.0)
        target.after_step(online, progress)
        torch.testing.assert_close(target.teacher[1].weight, before + (1.0 - share))


def test_a_stranger_changes_the_keys_of_its_stride_and_the_queries_of_its_block(catalog):
    # Both branches of a real objective: image 1 shares its query's statistics with images 0 to
    # 7, its key's with every second one.
    changes = {"objective__target": "queue", "objective__loss__batch_negatives": False}
    session = small_session(catalog, small_recipe(catalog, **changes))
    objective = session.parts.objective
    objective.train()
    seen: dict[str, list[torch.Tensor]] = {"queries": [], "keys": []}
    inner = objective.loss.terms

    def watched(queries, targets, similarity, memory):
        seen["queries"].append(queries[0].detach())
        seen["keys"].append(targets[0])
        return inner(queries, targets, similarity, memory)

    objective.loss.terms = watched
    view = torch.randn(16, 3, 12, 12)
    other = view.clone()
    other[1] += 3.0
    for first in (view, other):
        objective.terms(Batch((first, view), view, torch.arange(16)), "model")
    changed = {
        name: ((a - b).abs().amax(dim=1) > 1e-6).nonzero().flatten().tolist()
        for name, (a, b) in seen.items()
    }
    assert changed == {"queries": list(range(8)), "keys": list(range(1, 16, 2))}


def test_the_queue_scales_with_the_data_and_never_exceeds_it():
    assert len(branch("queue", network()).memory()) == IMAGES // 4
    assert len(branch("queue", network(), size=IMAGES).memory()) == IMAGES
    with pytest.raises(RecipeError, match=r"target.size: 201"):
        branch("queue", network(), size=IMAGES + 1)


def test_check_says_the_same_and_mends_it():
    (problem,) = problems(QueueSpec(size=9001), train_images=9000)
    assert (problem.severity, problem.path) == ("error", "objective.target.size")
    assert problem.fix.edits == (("objective.target.size", None),)
    assert not problems(QueueSpec(size=9000), train_images=9000)
    assert not problems(QueueSpec(), train_images=100)
    assert not problems(QueueSpec(size=9001))


def test_a_queue_shorter_than_a_batch_and_one_that_nobody_reads_are_warned_of():
    (problem,) = problems(QueueSpec(size=100), batch_size=256)
    assert (problem.severity, problem.path) == ("warning", "objective.target.size")
    (problem,) = problems(QueueSpec(), ByolRegressionSpec())
    assert problem.severity == "warning"
    assert "never read" in problem.text
    assert problem.fix.edits == (("objective.target", "momentum"),)


def test_the_anchor_counts_the_stored_keys(catalog):
    changes = {"objective__target": "queue", "objective__loss__batch_negatives": False}
    objective = small_session(catalog, small_recipe(catalog, **changes)).parts.objective
    stored = len(objective.target.memory())
    collapse = next(a for a in objective.anchors() if a.kind == "collapse")
    assert collapse.label == f"all alike: ln({stored + 1})"
    assert objective.projector.dim == objective.target.memory().shape[1] != DIM
