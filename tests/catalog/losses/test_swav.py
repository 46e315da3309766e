from __future__ import annotations

import math

import lightly.loss
import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.swav import Swav, SwavSpec, build
from sslstudio.catalog.targets.momentum import MomentumSpec
from sslstudio.catalog.targets.same import SameSpec
from sslstudio.catalog.targets.stop_gradient import StopGradientSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.losses.clouds import anchor, context_of, random_views, terms, value
from tests.catalog.losses.wirings import wiring


def swav(dim: int, images: int = 100, batch: int = 16, **fields) -> Swav:
    torch.manual_seed(0)
    return build(SwavSpec(**fields), context_of(dim, images, batch=batch))


def by_the_book(queries, targets, prototypes, iterations=3):
    """Return eq. 1 to 4 in double precision, scaling rows and columns one by one."""
    prototypes = F.normalize(prototypes.double(), dim=1)
    total, count = 0.0, 0
    for b, target in enumerate(targets):
        codes = (F.normalize(target.double(), dim=1) @ prototypes.T / 0.05).exp()
        for _ in range(iterations):
            codes = codes / codes.sum(dim=0, keepdim=True)
            codes = codes / codes.sum(dim=1, keepdim=True)
        for a, query in enumerate(queries):
            if a != b:
                scores = F.normalize(query.double(), dim=1) @ prototypes.T / 0.1
                total -= float((codes * scores.log_softmax(dim=1)).sum(dim=1).mean())
                count += 1
    return total / count


@pytest.mark.parametrize(("queries", "targets"), [(2, 2), (5, 2)])
def test_it_is_the_papers_formula(queries, targets):
    criterion = swav(6, prototypes=5, queue=0)
    views = random_views(queries, 12, 6)
    known = views[:targets]
    expected = by_the_book(views, known, criterion.prototypes.detach())
    assert value(criterion, views, known) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("queued", [False, True])
def test_it_equals_lightlys(queued):
    criterion = swav(6, prototypes=5, queue=16 if queued else 0, queue_from=0.0)
    old = random_views(2, 16, 6, seed=3)
    if queued:
        value(criterion, old)
        criterion.after_step(0.0)
    views = random_views(4, 16, 6)

    def scores(batch):
        return [F.normalize(v, dim=1) @ criterion.prototypes.detach().T for v in batch]

    expected = lightly.loss.SwaVLoss()(
        scores(views[:2]), scores(views[2:]), scores(old) if queued else None
    )
    assert value(criterion, views, views[:2]) == pytest.approx(float(expected), rel=1e-5)


def test_codes_come_from_global_views_alone_and_carry_no_gradient():
    criterion = swav(6, prototypes=5, queue=0)
    queries = [view.requires_grad_() for view in random_views(4, 12, 6)]
    targets = [view.requires_grad_() for view in random_views(2, 12, 6, seed=1)]
    found = terms(criterion, queries, targets)
    found["loss"].backward()
    assert all(float(query.grad.abs().sum()) > 0 for query in queries)
    assert all(target.grad is None for target in targets)
    other_locals = [*queries[:2], *random_views(2, 12, 6, seed=7)]
    usage = terms(criterion, other_locals, targets)["code usage"]
    assert float(usage) == float(found["code usage"])


def test_prototypes_keep_unit_length_through_training():
    criterion = swav(6, prototypes=5)
    optimizer = torch.optim.SGD(criterion.parameters(), lr=5.0)
    for step in range(3):
        lengths = criterion.prototypes.detach().norm(dim=1)
        assert torch.allclose(lengths, torch.ones(5), atol=1e-6)
        optimizer.zero_grad()
        terms(criterion, random_views(2, 16, 6, seed=step))["loss"].backward()
        optimizer.step()
        assert not torch.allclose(criterion.prototypes.norm(dim=1), torch.ones(5), atol=1e-3)
        criterion.after_step(0.1 * step)


def test_prototypes_are_a_group_of_their_own_that_waits():
    (group,) = swav(6, prototypes=5, frozen_until=0.2).own_groups()
    assert [parameter.shape for parameter in group.parameters] == [(5, 6)]
    assert group.frozen_until == 0.2


def test_the_queue_is_used_only_once_full_and_in_its_time():
    criterion = swav(6, prototypes=5, queue=40, queue_from=0.5, batch=16)
    used = []
    for step, progress in enumerate((0.1, 0.2, 0.3, 0.5, 0.6)):
        value(criterion, random_views(2, 16, 6, seed=step))
        criterion.after_step(progress)
        used.append(criterion.uses_queue)
    assert used == [False, False, False, True, True]
    early = swav(6, prototypes=5, queue=40, queue_from=0.0, batch=16)
    for step in range(3):
        assert not early.uses_queue
        value(early, random_views(2, 16, 6, seed=step))
        early.after_step(0.1)
    assert early.uses_queue


def test_a_queue_of_the_same_embeddings_changes_no_code():
    # Each row counts twice, so every prototype's share is what it was.
    views = random_views(2, 16, 6)
    plain = swav(6, prototypes=5, queue=0)
    queued = swav(6, prototypes=5, queue=16, queue_from=0.0)
    value(queued, views)
    queued.after_step(0.0)
    assert queued.uses_queue
    assert value(queued, views) == pytest.approx(value(plain, views), rel=1e-5)


def test_queue_prototypes_and_progress_survive_a_restart():
    first, second = (swav(6, prototypes=5, queue=40, queue_from=0.3) for _ in range(2))
    with torch.no_grad():
        second.prototypes.normal_()
    for step in range(4):
        value(first, random_views(2, 16, 6, seed=step))
        first.after_step(0.1 * step)
    second.load_state_dict(first.state_dict())
    assert second.uses_queue
    views = random_views(2, 16, 6, seed=9)
    assert value(second, views) == value(first, views)


def test_landmarks():
    criterion = swav(6, prototypes=5, queue=0)
    assert anchor(criterion, "ln 5", 8, 2, 6) == pytest.approx(math.log(5))
    # Embeddings at right angles to every prototype score 0 everywhere.
    flat = swav(6, prototypes=2, queue=0)
    with torch.no_grad():
        flat.prototypes.copy_(torch.eye(6)[:2])
    aside = torch.eye(6)[2:].repeat(2, 1)
    found = terms(flat, (aside, aside))
    assert float(found["loss"].detach()) == pytest.approx(math.log(2))
    assert float(found["code sharpness"]) == pytest.approx(0.0, abs=1e-6)
    assert float(found["code usage"]) == pytest.approx(1.0)


def usage_after_training(iterations: int) -> float:
    """Return the share of 16 prototypes used after free embeddings followed their own codes."""
    criterion = swav(8, prototypes=16, queue=0, iterations=iterations)
    torch.manual_seed(1)
    bias = torch.randn(8)
    views = [(bias + 0.7 * torch.randn(64, 8)).requires_grad_() for _ in range(2)]
    moving = [*views, criterion.prototypes]
    optimizer = torch.optim.SGD(moving, lr=2.0)
    for step in range(150):
        optimizer.zero_grad()
        terms(criterion, views)["loss"].backward()
        optimizer.step()
        criterion.after_step(step / 150)
    return float(terms(criterion, views)["code usage"])


def test_without_sinkhorn_few_prototypes_are_left():
    balanced, free = usage_after_training(3), usage_after_training(0)
    assert balanced > 0.9
    assert free < 0.5


def test_counts_follow_images_and_batch():
    def sizes(images, batch, **fields):
        found = swav(6, images, batch, **fields).sizes
        return found.prototypes, found.queue

    assert sizes(1_281_167, 4096) == (3000, 0)
    assert sizes(1_281_167, 256) == (3000, 3584)
    assert sizes(9216, 256) == (254, 256)
    assert sizes(9216, 256, queue=0) == (64, 0)
    assert sizes(20, 16) == (10, 0)
    assert sizes(100, 16, prototypes=50, queue=0) == (50, 0)
    assert sizes(100, 12)[1] == 24
    for fields in ({"prototypes": 101}, {"queue": 101}):
        with pytest.raises(RecipeError, match="101 is more than the 100 training images"):
            swav(6, 100, **fields)


def test_its_doubts_name_balance_gradient_and_sizes():
    def found(target=None, **fields):
        sizes = {"train_images": fields.pop("train_images", 1000), "batch_size": 64}
        spec = SwavSpec(**fields)
        problems = list(spec.doubts(wiring(target or StopGradientSpec(), spec, **sizes)))
        assert all(problem.fix is not None for problem in problems)
        return [(problem.path.removeprefix("objective."), problem.severity) for problem in problems]

    assert found() == found(MomentumSpec()) == []
    assert found(SameSpec()) == [("target", "warning")]
    assert found(iterations=0) == [("loss.iterations", "warning")]
    assert found(prototypes=100, queue=0) == [("loss.queue", "warning")]
    assert found(prototypes=100, queue=64) == []
    assert found(prototypes=2000) == [("loss.prototypes", "error")]
    assert found(queue=2000) == [("loss.queue", "error")]


def test_images_are_sorted_by_the_prototype_that_is_nearest():
    criterion = swav(6, prototypes=5)
    z = torch.randn(7, 6, dtype=torch.bfloat16)
    scores = criterion.cluster_scores(z).detach()
    expected = F.cosine_similarity(z.float()[:, None], criterion.prototypes.detach()[None], dim=2)
    torch.testing.assert_close(scores, expected / 0.1)
