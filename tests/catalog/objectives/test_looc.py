"""LooC against the paper's formula: which keys a space looks for, and which it should not find."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.objectives import looc
from sslstudio.catalog.objectives.looc import LoocSpec, spaces_of
from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import DataSpec
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import train
from sslstudio.engine.parts import Batch
from sslstudio.services.presets import find_recipe
from tests.catalog.objectives.tiny import (
    batch_of,
    context_for,
    digits,
    jitter,
    optimizers_of,
    step,
)
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

SHARES = ((), (), ("color-jitter",), ("quarter-turn",))
KEEPS = "keeps color-jitter"


def ready(shares=SHARES, count: int = 200, **fields):
    torch.manual_seed(0)
    context = replace(context_for(digits(count), views=len(shares)), view_shares=shares)
    return looc.build(LoocSpec(**{"queue": 32, "dim": 16, **fields}), context)


def seen(views: int = 4, count: int = 7, start: int = 0) -> Batch:
    """Return a batch of seven images, too few for split norms."""
    return batch_of(digits(200), torch.arange(start, start + count), views, jitter)


def plain_loss(objective, batch, temperature) -> list[float]:
    """Equation 2, space by space, with loops."""
    with torch.no_grad():
        query = objective._online()(batch.views[0])
        keys = [objective.teacher(view) for view in batch.views[1:]]
    losses = []
    for space in range(3):
        loss = 0.0
        for image in range(len(batch.indices)):
            z = query[image, space]

            def e(other, z=z):
                return math.exp(float(z @ other) / temperature)

            stored = sum(e(vector) for vector in objective.queues[space].vectors)
            own = [e(key[image, space]) for key in keys]
            crowd = own[0] if space == 0 else sum(own)
            loss -= math.log(own[space] / (crowd + stored))
        losses.append(loss / len(batch.indices))
    return losses


def test_the_loss_is_equation_two():
    objective = ready(temperature=0.4).eval()
    for parameter in objective.teacher.parameters():
        parameter.mul_(1.1)
    batch = seen()
    terms = objective.terms(batch, "model")
    expected = plain_loss(objective, batch, 0.4)
    names = ["ignores all: loss", f"{KEEPS}: loss", "keeps quarter-turn: loss"]
    assert [float(terms[name]) for name in names] == pytest.approx(expected, rel=1e-5)
    assert float(terms["loss"].detach()) == pytest.approx(sum(expected) / 3, rel=1e-5)


def test_a_space_is_told_where_its_key_is_above_those_with_other_draws():
    objective = ready().eval()
    batch = seen(count=40)
    terms = objective.terms(batch, "model")
    query = objective._online()(batch.views[0])[:, 1]
    first, right, other = (
        (query * objective.teacher(view)[:, 1]).sum(dim=1) for view in batch.views[1:]
    )
    share = ((right > first) & (right > other)).float().mean()
    assert 0.0 < share < 1.0
    assert float(terms[f"{KEEPS}: told"]) == pytest.approx(float(share))
    assert "ignores all: told" not in terms


def test_spaces_follow_what_the_views_share():
    first, colour, turn = spaces_of(SHARES)
    assert (first.kept, first.positives, first.negatives) == ((), (0,), ())
    assert (colour.kept, colour.positives, colour.negatives) == (("color-jitter",), (1,), (0, 2))
    assert (turn.kept, turn.positives, turn.negatives) == (("quarter-turn",), (2,), (0, 1))


def test_views_that_share_the_same_answer_alike_and_those_that_share_more_stay_out():
    shares = ((), ("b", "a"), (), ("a", "b"), ("a",))
    first, both, one = spaces_of(shares)
    assert (first.positives, first.negatives) == ((1,), ())
    assert (both.kept, both.positives, both.negatives) == (("a", "b"), (0, 2), (1, 3))
    assert (one.positives, one.negatives) == ((3,), (1,))


@pytest.mark.parametrize(
    "shares", [(), ((),), ((), ()), ((), (), ()), ((), ("a",)), ((), ("a",), ("b",))]
)
def test_views_that_cannot_tell_augmentations_apart_are_refused(shares):
    with pytest.raises(RecipeError, match="shares a draw") as caught:
        ready(shares)
    assert "shared draws" in caught.value.hint


def problems_of(recipe):
    return [p for p in check(recipe) if p.path == "views"]


def test_check_says_what_is_missing_and_its_fixes_help(catalog):
    recipe = small_recipe(catalog, "simclr")
    recipe = with_value(recipe, "objective", {"kind": "looc"}, catalog.kinds)
    [problem] = problems_of(recipe)
    assert problem.severity == "error"
    assert "No view shares" in problem.text
    for path, value in problem.fix.edits:
        fixed = with_value(recipe, path, value, catalog.kinds)
    assert problems_of(fixed) == []
    assert fixed.views[1].shares == ("color-jitter",)
    only = with_value(fixed, "views.0.copies", 1, catalog.kinds)
    [problem] = problems_of(only)
    assert "a view that shares none" in problem.text
    for path, value in problem.fix.edits:
        only = with_value(only, path, value, catalog.kinds)
    assert problems_of(only) == []


def test_other_objectives_need_no_shared_draws(catalog):
    assert problems_of(small_recipe(catalog, "simclr")) == []


def test_embeddings_that_are_all_alike_cost_exactly_the_anchors():
    objective = ready()
    with torch.no_grad():
        for projector in objective.spaces.projectors:
            projector[-1].weight.zero_()
            projector[-1].bias.fill_(1.0)
        for queue in objective.queues:
            queue.push(torch.ones(32, 16))
    objective.encoder_replaced()
    terms = objective.terms(seen(), "model")
    anchors = {anchor.term: anchor for anchor in objective.anchors()}
    for name, count in (("ignores all", 33), (KEEPS, 35), ("keeps quarter-turn", 35)):
        anchor = anchors[f"{name}: loss"]
        assert anchor.value == pytest.approx(math.log(count))
        assert float(terms[anchor.term]) == pytest.approx(anchor.value, rel=1e-5)
    assert float(terms["loss"].detach()) == pytest.approx(anchors["loss"].value, rel=1e-5)
    assert anchors[f"{KEEPS}: told"].value == pytest.approx(1 / 3)
    assert set(anchors) <= set(terms)


def test_keys_get_no_gradient_and_enter_their_spaces_queue_after_the_step():
    objective = ready()
    batch = seen()
    before = [queue.vectors.clone() for queue in objective.queues]
    with torch.no_grad():
        keys = [objective.teacher(view) for view in batch.views[1:]]
    objective.terms(batch, "model")["loss"].backward()
    assert all(p.grad is None for p in objective.teacher.parameters())
    assert all(p.grad is not None for p in objective.spaces.parameters())
    assert all(p.grad is not None for p in objective.encoder.parameters())
    assert all(torch.equal(q.vectors, old) for q, old in zip(objective.queues, before, strict=True))
    objective.after_step(0.5)
    for space, queue in enumerate(objective.queues):
        torch.testing.assert_close(queue.vectors[:7], keys[space][:, space])
        assert torch.equal(queue.vectors[7:], before[space][7:])


def test_looking_stores_nothing():
    objective = ready().eval()
    before = [queue.vectors.clone() for queue in objective.queues]
    objective.terms(seen(), "model")
    objective.train().after_step(0.5)
    assert all(torch.equal(q.vectors, old) for q, old in zip(objective.queues, before, strict=True))


def test_the_average_follows_with_momentum():
    objective = ready(momentum=0.75)
    old = [p.clone() for p in objective.teacher.parameters()]
    with torch.no_grad():
        for parameter in objective._online().parameters():
            parameter.add_(1.0)
    objective.after_step(0.5)
    for parameter, before in zip(objective.teacher.parameters(), old, strict=True):
        torch.testing.assert_close(parameter, before + 0.25)


def test_fields_decide_widths_and_queues():
    objective = ready(hidden=24, dim=12, queue=None)
    assert objective.spaces.projectors[1][0].out_features == 24
    assert objective.project(torch.randn(4, objective.encoder.dim)).shape == (4, 12)
    assert [len(queue.vectors) for queue in objective.queues] == [50, 50, 50]
    with pytest.raises(RecipeError, match=r"objective.queue"):
        ready(queue=300)


def test_the_projection_is_the_space_that_ignores_all():
    objective = ready().eval()
    h = torch.randn(5, objective.encoder.dim)
    expected = F.normalize(objective.spaces.projectors[0](h), dim=1)
    torch.testing.assert_close(objective.project(h), expected)


def test_it_learns_on_a_tiny_fixed_set():
    objective = ready()
    batch = seen(count=64)
    optimizers = optimizers_of(objective, 3e-3)
    for number in range(3):
        first = step(objective, batch, optimizers, seed=number)
    for number in range(12):
        last = step(objective, batch, optimizers, seed=number)
    assert last["loss"] < first["loss"] - 0.2
    # All views differ in all ways: only what they share by chance tells them apart.
    assert last[f"{KEEPS}: told"] > 0.5


def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break():
    first = ready()
    step(first, seen(), optimizers_of(first, 1e-3))
    torch.manual_seed(99)
    second = ready()
    second.load_state_dict(first.state_dict())
    batches = [seen(start=start) for start in (9, 30)]
    outcomes = []
    for objective in (first, second):
        optimizers = optimizers_of(objective, 1e-3)
        outcomes.append([step(objective, batch, optimizers, seed=7) for batch in batches])
    assert outcomes[0] == outcomes[1]
    restored = second.state_dict()
    assert all(torch.equal(value, restored[name]) for name, value in first.state_dict().items())


def test_sixteen_bit_forward_passes_leave_the_loss_in_float32():
    objective = ready()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = objective.terms(seen(), "model")
    assert terms["loss"].dtype == torch.float32
    terms["loss"].backward()


def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu():
    with FakeTensorMode():
        with torch.device("cuda"):
            objective = ready(count=64)
            view = torch.rand(8, 1, 8, 8)
            batch = Batch(views=(view,) * 4, images=view, indices=torch.arange(8))
        terms = objective.terms(batch, "model")
        assert all(value.device.type == "cuda" for value in terms.values())
        objective.after_step(0.5)


def test_the_presets_keys_repeat_what_the_query_drew(catalog):
    recipe = find_recipe("looc", catalog, DataSpec(source="shapes"), "cpu")
    assert check(recipe) == ()
    spaces = spaces_of([v.shares for v in recipe.views for _ in range(v.copies)])
    assert [len(space.kept) for space in spaces] == [0, 2, 1]


def test_a_resumed_run_has_the_same_queues_to_the_bit(catalog):
    recipe = small_recipe(catalog, "looc")
    whole, first, second = (small_session(catalog, recipe) for _ in range(3))
    list(train(whole, MemoryKeep(), Script()))
    keep = MemoryKeep()
    list(train(first, keep, Script(stop_at=3)))
    second.restore(unflatten(*keep.checkpoints[3]))
    list(train(second, MemoryKeep(), Script()))
    found = second.parts.objective.state_dict()
    for name, value in whole.parts.objective.state_dict().items():
        assert torch.equal(found[name], value), name
