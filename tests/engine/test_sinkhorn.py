from __future__ import annotations

import lightly.loss.swav_loss
import pytest
import torch

from sslstudio.engine.sinkhorn import balanced_codes, code_anchors, code_report


def cosines(images: int = 24, prototypes: int = 6, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2.0 * torch.rand(images, prototypes, generator=generator) - 1.0


def test_every_row_is_a_distribution_and_every_prototype_gets_its_share():
    codes = balanced_codes(cosines(), epsilon=0.05, iterations=200)
    assert torch.allclose(codes.sum(dim=1), torch.ones(24), atol=1e-6)
    assert torch.allclose(codes.sum(dim=0), torch.full((6,), 24 / 6), atol=1e-3)


def test_three_iterations_come_closer_to_balance_than_one():
    lopsided = cosines() + torch.linspace(0.0, 1.0, 6)
    unfair = [
        float((balanced_codes(lopsided, epsilon=0.05, iterations=n).sum(dim=0) - 4).abs().max())
        for n in (0, 1, 3)
    ]
    assert unfair == sorted(unfair, reverse=True)
    assert unfair[0] > 4 * unfair[2]


def test_it_is_the_alternate_scaling_of_the_paper():
    scores = cosines().double()
    scaled = (scores / 0.05).exp()
    for _ in range(3):
        for column in range(scaled.shape[1]):
            scaled[:, column] /= scaled[:, column].sum()
        for row in range(scaled.shape[0]):
            scaled[row] /= scaled[row].sum()
    codes = balanced_codes(scores.float(), epsilon=0.05, iterations=3)
    assert torch.allclose(codes.double(), scaled, atol=1e-5)


@pytest.mark.parametrize("epsilon", [0.03, 0.05, 0.5])
def test_it_equals_lightlys(epsilon):
    reference = lightly.loss.swav_loss.sinkhorn(cosines(), iterations=3, epsilon=epsilon)
    found = balanced_codes(cosines(), epsilon=epsilon, iterations=3)
    assert torch.allclose(found, reference, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_scores_that_would_overflow_sixteen_bits_are_safe(dtype):
    scores = (100.0 * cosines()).to(dtype)
    assert bool((scores / 0.05).float().exp().isinf().any())
    codes = balanced_codes(scores, epsilon=0.05, iterations=3)
    assert codes.dtype == torch.float32
    assert bool(codes.isfinite().all())
    assert torch.allclose(codes.sum(dim=1), torch.ones(24), atol=1e-5)


def test_equal_scores_give_uniform_codes_and_opposite_ones_sharp_codes():
    uniform = balanced_codes(torch.full((8, 4), 0.3), epsilon=0.05, iterations=3)
    assert torch.allclose(uniform, torch.full((8, 4), 0.25))
    sharp = balanced_codes(torch.eye(4).repeat(2, 1), epsilon=0.05, iterations=3)
    assert torch.allclose(sharp, torch.eye(4).repeat(2, 1), atol=1e-6)


def test_no_gradient_flows_through_codes():
    scores = cosines().requires_grad_()
    assert not balanced_codes(scores, epsilon=0.05, iterations=3).requires_grad


@pytest.mark.parametrize(
    ("codes", "usage", "sharpness"),
    [
        (torch.eye(4), 1.0, 1.0),
        (torch.eye(4)[:2], 0.5, 1.0),
        (torch.eye(4)[:1].repeat(5, 1), 0.25, 1.0),
        (torch.full((3, 4), 0.25), 1.0, 0.0),
    ],
)
def test_the_report_tells_the_two_collapses_apart(codes, usage, sharpness):
    report = code_report(codes)
    assert float(report["code usage"]) == pytest.approx(usage)
    assert float(report["code sharpness"]) == pytest.approx(sharpness, abs=1e-6)
    assert {anchor.term for anchor in code_anchors(4)} == set(report)
    assert {anchor.value for anchor in code_anchors(4)} == {0.25, 1.0, 0.0}
