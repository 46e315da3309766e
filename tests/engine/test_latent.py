from __future__ import annotations

import torch
from torch.distributions import Normal, kl_divergence

from sslstudio.engine.latent import Gaussian, GaussianHead, PointHead


def test_the_divergence_is_the_closed_form_of_torch():
    mean, deviation = torch.randn(20, 5), torch.rand(20, 5) + 0.05
    expected = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0))
    torch.testing.assert_close(Gaussian(mean, 2.0 * deviation.log()).divergence(), expected)


def test_drawn_codes_have_the_mean_and_deviation_and_pass_gradients_on():
    torch.manual_seed(0)
    mean = torch.full((20_000, 2), 1.5, requires_grad=True)
    log_variance = torch.full((20_000, 2), -1.0, requires_grad=True)
    codes = Gaussian(mean, log_variance).drawn()
    torch.testing.assert_close(codes.mean(), torch.tensor(1.5), atol=0.02, rtol=0.0)
    torch.testing.assert_close(codes.var(), torch.tensor(-1.0).exp(), atol=0.02, rtol=0.0)
    codes.square().sum().backward()
    assert bool(mean.grad.all())
    assert bool(log_variance.grad.any())


def test_the_head_stays_finite_and_in_float32_whatever_h_is():
    head = GaussianHead(4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        codes = head(1e6 * torch.randn(8, 4).bfloat16())
    assert codes.mean.dtype == torch.float32
    assert float(codes.log_variance.detach().abs().max()) <= 10.0
    assert bool(codes.divergence().isfinite().all())


def test_a_point_head_draws_its_mean():
    head, h = PointHead(4, 3), torch.randn(5, 4)
    assert torch.equal(head.drawn(h), head.mean(h))
