from __future__ import annotations

import lightly.loss.wmse_loss
import pytest
import torch

from sslstudio.catalog.losses.w_mse import WMse, WMseSpec
from sslstudio.catalog.targets.same import SameSpec
from sslstudio.domain.errors import TrainingError
from tests.catalog.losses.clouds import (
    anchor,
    constant_views,
    random_views,
    terms,
    value,
)
from tests.catalog.losses.wirings import wiring

LOSS = WMse(WMseSpec())


def by_the_book(views, parts):
    """Return eq. 3 to 7: each sub-batch whitened by the inverse of a Cholesky factor, in double."""
    whitened = []
    for view in views:
        pieces = []
        for piece in view.double().tensor_split(parts):
            centred = piece - piece.mean(dim=0)
            inverse = torch.linalg.inv(torch.linalg.cholesky(piece.T.cov()))
            pieces.append(torch.stack([inverse @ row for row in centred]))
        whitened.append(torch.cat(pieces))
    total, count = 0.0, 0
    for a in range(len(views)):
        for b in range(a + 1, len(views)):
            for u, v in zip(whitened[a], whitened[b], strict=True):
                total += float((u / u.norm() - v / v.norm()).square().sum())
                count += 1
    return total / count


@pytest.mark.parametrize(("views", "images", "parts"), [(2, 8, 1), (3, 8, 1), (2, 25, 3)])
def test_it_is_the_papers_formula(views, images, parts):
    clouds = random_views(views, images, 4)
    assert value(LOSS, clouds) == pytest.approx(by_the_book(clouds, parts), rel=1e-4)


def test_it_equals_lightlys_in_one_sub_batch():
    views = random_views(2, 32, 8)
    criterion = WMse(WMseSpec(images=32))
    reference = lightly.loss.wmse_loss.WMSELoss(
        embedding_dim=8, w_size=32, track_running_stats=False, num_samples=2
    )
    assert value(criterion, views) == pytest.approx(float(reference(torch.cat(views))), rel=1e-5)


def test_no_direction_can_outgrow_the_others():
    # What a shrunk covariance allows: views that agree along one large direction only.
    agreed = random_views(1, 256, 8)[0]
    views = [view.clone() for view in random_views(2, 256, 8, seed=1)]
    small = value(LOSS, [torch.cat([agreed[:, :1], v[:, 1:]], dim=1) for v in views])
    large = value(LOSS, [torch.cat([1e3 * agreed[:, :1], v[:, 1:]], dim=1) for v in views])
    assert large == pytest.approx(small, rel=1e-2)
    assert large > 1.5


def test_scale_and_mixing_of_the_dimensions_do_not_count():
    first, _ = random_views(2, 64, 6)
    mixing = torch.randn(6, 6, generator=torch.Generator().manual_seed(3))
    noisy = first + 0.5 * random_views(1, 64, 6, seed=9)[0]
    plain = value(LOSS, (first, noisy))
    assert value(LOSS, (1000.0 * first, 1000.0 * noisy)) == pytest.approx(plain, rel=1e-3)
    # Cholesky whitening of linearly mixed data is a rotation of the whitened data.
    assert value(LOSS, (first @ mixing, noisy @ mixing)) == pytest.approx(plain, rel=0.1)


def test_landmarks():
    assert anchor(LOSS, "floor", 32, 2, 4) == 0.0
    same = random_views(1, 32, 4)[0]
    assert value(LOSS, (same, 3.0 * same + 1.0)) == pytest.approx(0.0, abs=1e-4)
    assert anchor(LOSS, "all alike", 32, 2, 4) == 2.0
    assert value(LOSS, constant_views(2, 32, 4)) == pytest.approx(2.0, abs=1e-5)
    unrelated = [value(LOSS, random_views(2, 256, 4, seed=seed)) for seed in range(5)]
    assert sum(unrelated) / 5 == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("images", [7, 48, 250])
def test_rounding_is_not_whitened_into_agreement(images):
    # A mean in fp32 misses a constant by a rounding error that all images share.
    constant = (torch.arange(1.0, 9.0) / 3.0).sqrt().repeat(images, 1)
    assert value(LOSS, (constant, 100.0 * constant)) == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("images", [2, 5, 16])
def test_few_images_and_a_dead_dimension_leave_the_loss_finite(images):
    views = [view.clone() for view in random_views(2, images, 8)]
    for view in views:
        view[:, 0] = 1.0
        view[:, 1] = view[:, 2]
        view.requires_grad_()
    loss = terms(LOSS, views)["loss"]
    loss.backward()
    assert 0.0 <= float(loss.detach()) <= 4.0
    assert all(bool(view.grad.isfinite().all()) for view in views)


def test_embeddings_that_are_no_numbers_are_refused_with_a_sentence():
    broken = [view.clone() for view in random_views(2, 16, 4)]
    broken[0][3, 1] = float("nan")
    with pytest.raises(TrainingError, match=r"cannot be whitened.*learning rate"):
        value(LOSS, broken)


def test_sub_batches_are_as_large_as_asked_or_the_batch_and_twice_the_dimensions_by_default():
    views = random_views(2, 48, 4)
    for asked, parts in ((None, 6), (12, 4), (48, 1), (64, 1)):
        criterion = WMse(WMseSpec(images=asked))
        assert value(criterion, views) == pytest.approx(by_the_book(views, parts), rel=1e-3)


@pytest.mark.parametrize(
    ("batch", "images", "dim", "severities"),
    [
        (256, None, 128, []),
        (255, None, 128, ["warning"]),
        (128, None, 128, ["error"]),
        (256, 64, 64, ["error"]),
        (256, 512, 64, []),
        (64, 512, 64, ["error"]),
        (256, None, None, []),
    ],
)
def test_too_few_images_for_the_dimensions_are_found_before_training(
    batch, images, dim, severities
):
    spec = WMseSpec(images=images)
    problems = list(spec.doubts(wiring(SameSpec(), spec, batch_size=batch, dim=dim)))
    assert [problem.severity for problem in problems] == severities
    assert all(problem.fix is not None for problem in problems)
