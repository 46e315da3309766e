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
from tests.catalog.losses.clouds import context_of, random_views, terms, value


@pytest.fixture(params=sorted(collect(losses)))
def built(request):
    """Return a function that builds the loss for embeddings of a width and a number of views."""
    entry = collect(losses)[request.param]

    def build(dim: int, views: int = 2) -> PairLoss:
        torch.manual_seed(0)
        loss = entry.build(entry.spec(), context_of(dim, views=views))
        assert isinstance(loss, PairLoss)
        return loss

    return build


def test_a_batch_of_one_image_is_refused_with_the_remedy(built):
    with pytest.raises(StudioError, match=r"one image only.*two images"):
        value(built(8), random_views(2, 1, 8))


def test_a_single_view_is_refused_with_the_remedy(built):
    with pytest.raises(StudioError, match=r"one view only.*two copies"):
        value(built(8), random_views(1, 4, 8))


def test_swapping_the_views_changes_nothing(built):
    first, second, third = random_views(3, 8, 6)
    one_way = value(built(6), (first, second, third))
    assert value(built(6), (third, first, second)) == pytest.approx(one_way, rel=1e-5)


def test_reordering_the_images_changes_nothing(built):
    views = random_views(2, 8, 6)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(0))
    assert value(built(6), [view[order] for view in views]) == pytest.approx(
        value(built(6), views), rel=1e-5
    )


def test_separate_equal_targets_give_the_value_of_the_same_ones(built):
    views = random_views(3, 8, 6)
    copies = tuple(view.clone() for view in views)
    assert value(built(6), views, copies) == pytest.approx(value(built(6), views), rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gives_a_finite_fp32_loss_and_gradient(built, dtype):
    # 200 squared overflows fp16; under autocast products of fp32 would be halved as well.
    loss = built(32)
    views = [(200 * view).to(dtype).requires_grad_() for view in random_views(2, 16, 32)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = terms(loss, views)
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert all(bool(value.isfinite()) for value in found.values())
    exact = terms(loss, [view.detach().float() for view in views])
    assert float(found["loss"].detach()) == pytest.approx(float(exact["loss"]), rel=1e-6)
    (found["loss"] / found["loss"].detach().abs()).backward()
    assert all(bool(view.grad.isfinite().all()) for view in views)


def test_duplicate_images_leave_loss_and_gradient_finite(built):
    views = [view[[0, 0, 0, 1, 2, 3, 4, 4]].requires_grad_() for view in random_views(2, 6, 4)]
    loss = terms(built(4), views)["loss"]
    loss.backward()
    assert bool(loss.detach().isfinite())
    assert all(bool(view.grad.isfinite().all()) for view in views)


def test_terms_are_scalars_and_only_the_loss_carries_gradient(built):
    views = [view.requires_grad_() for view in random_views(2, 6, 4)]
    for name, found in terms(built(4), views).items():
        assert found.shape == ()
        assert found.requires_grad == (name == "loss")


def test_every_anchor_names_a_term_that_is_shown(built):
    shown = terms(built(6), random_views(2, 8, 6))
    assert {anchor.term for anchor in built(6).anchors(8, 2, 6)} <= set(shown)


def test_local_views_only_ask(built):
    queries = [view.requires_grad_() for view in random_views(4, 16, 6)]
    found = terms(built(6), queries, [query.detach() for query in queries[:2]])
    found["loss"].backward()
    assert all(float(query.grad.abs().sum()) > 0 for query in queries)


def test_targets_that_are_constants_get_no_gradient(built):
    queries = [view.requires_grad_() for view in random_views(2, 8, 6)]
    targets = [view.requires_grad_() for view in random_views(2, 8, 6, seed=1)]
    terms(built(6), queries, [target.detach() for target in targets])["loss"].backward()
    assert all(target.grad is None for target in targets)


def test_what_it_keeps_survives_a_restart_to_the_bit(built):
    torch.manual_seed(1)
    first, second = built(6), built(6)
    views = random_views(2, 8, 6)

    def step(loss: PairLoss, number: int) -> float:
        torch.manual_seed(number)
        found = value(loss, [view + number for view in views])
        loss.after_step(number / 10)
        return found

    for number in range(5):
        step(first, number)
    second.load_state_dict(first.state_dict())
    assert [step(first, n) for n in range(5, 9)] == [step(second, n) for n in range(5, 9)]


def test_it_runs_on_another_device_without_mixing(built):
    with FakeTensorMode(allow_non_fake_inputs=False), torch.device("cuda"):
        loss = built(6, views=3)
        views = [torch.empty(8, 6) for _ in range(3)]
        targets = [torch.empty(8, 6) for _ in range(3)]
        memory = torch.empty(5, 6)
        found = loss.terms(views, targets, Cosine(), memory)
        loss.after_step(0.5)
    assert {value.device.type for value in found.values()} == {"cuda"}


def test_every_entry_names_its_source_and_equation():
    for entry in [*collect(losses).values(), *collect(similarities).values()]:
        assert "arXiv:" in entry.citation or "doi:" in entry.citation
        assert entry.summary.endswith(".")
