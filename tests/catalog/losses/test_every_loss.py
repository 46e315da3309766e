"""What holds for every loss over views."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog import losses, similarities
from sslstudio.catalog.entry import collect
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.domain.errors import StudioError
from sslstudio.engine.joint import PairLoss
from tests.catalog.losses.clouds import constant_views, random_views, terms, value

ALL = {
    kind: built
    for kind, entry in collect(losses).items()
    if isinstance(built := entry.build(entry.spec(), None), PairLoss)
}


@pytest.fixture(params=sorted(ALL))
def loss(request):
    return ALL[request.param]


def test_a_batch_of_one_image_is_refused_with_the_remedy(loss):
    with pytest.raises(StudioError, match=r"one image only.*two images"):
        value(loss, random_views(2, 1, 8))


def test_a_single_view_is_refused_with_the_remedy(loss):
    with pytest.raises(StudioError, match=r"one view only.*two copies"):
        value(loss, random_views(1, 4, 8))


def test_swapping_the_views_changes_nothing(loss):
    first, second, third = random_views(3, 8, 6)
    one_way = value(loss, (first, second, third))
    assert value(loss, (third, first, second)) == pytest.approx(one_way, rel=1e-5)


def test_reordering_the_images_changes_nothing(loss):
    views = random_views(2, 8, 6)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(0))
    assert value(loss, [view[order] for view in views]) == pytest.approx(
        value(loss, views), rel=1e-5
    )


def test_separate_equal_targets_give_the_value_of_the_same_ones(loss):
    views = random_views(3, 8, 6)
    copies = tuple(view.clone() for view in views)
    assert value(loss, views, copies) == pytest.approx(value(loss, views), rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gives_a_finite_fp32_loss_and_gradient(loss, dtype):
    # 200 squared overflows fp16; under autocast products of fp32 would be halved as well.
    views = [(200 * view).to(dtype).requires_grad_() for view in random_views(2, 16, 32)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = terms(loss, views)
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert all(bool(value.isfinite()) for value in found.values())
    exact = terms(loss, [view.detach().float() for view in views])
    assert float(found["loss"].detach()) == pytest.approx(float(exact["loss"]), rel=1e-6)
    (found["loss"] / found["loss"].detach().abs()).backward()
    assert all(bool(view.grad.isfinite().all()) for view in views)


def test_terms_are_scalars_and_only_the_loss_carries_gradient(loss):
    views = [view.requires_grad_() for view in random_views(2, 6, 4)]
    for name, found in terms(loss, views).items():
        assert found.shape == ()
        assert found.requires_grad == (name == "loss")


def test_constant_embeddings_reach_the_collapse_anchor(loss):
    expected = [a.value for a in loss.anchors(6, 2, 5) if a.kind == "collapse" and a.term == "loss"]
    assert value(loss, constant_views(2, 6, 5)) == pytest.approx(expected[0], abs=1e-5)


def test_bounds_hold_for_random_embeddings(loss):
    for seed in range(20):
        views = random_views(2, 6, 5, seed=seed)
        bounds = [a.value for a in loss.anchors(6, 2, 5) if a.kind == "bound"]
        assert all(value(loss, views) >= bound for bound in bounds)


def test_it_runs_on_another_device_without_mixing(loss):
    with FakeTensorMode(allow_non_fake_inputs=False):
        views = [torch.empty(8, 6, device="cuda") for _ in range(3)]
        targets = [torch.empty(8, 6, device="cuda") for _ in range(3)]
        memory = torch.empty(5, 6, device="cuda")
        found = loss.terms(views, targets, Cosine(), memory)
    assert {value.device.type for value in found.values()} == {"cuda"}


def test_every_entry_names_its_source_and_equation():
    for entry in [*collect(losses).values(), *collect(similarities).values()]:
        assert "arXiv" in entry.citation
        assert entry.summary.endswith(".")
