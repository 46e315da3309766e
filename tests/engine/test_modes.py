from __future__ import annotations

import pytest
import torch
from torch import nn

from sslstudio.catalog.encoders.convnet import Convnet, ConvnetSpec
from sslstudio.engine import modes
from sslstudio.engine.modes import estimate_norms, evaluation, full_precision, held_still
from tests.catalog.objectives.tiny import TinyImages, digits


def test_each_sub_module_gets_its_own_mode_back_even_after_an_error():
    network = nn.Sequential(nn.Dropout(), nn.Dropout())
    network[1].eval()
    with evaluation(network):
        assert not network[0].training
        assert not torch.is_grad_enabled()
    with pytest.raises(StopIteration), evaluation(network):
        next(iter(()))
    assert [module.training for module in network] == [True, False]
    assert torch.is_grad_enabled()


def test_sums_near_a_loss_are_not_rounded_and_shapes_without_numbers_need_no_care():
    x = torch.full((4, 4), 1.001)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (x @ x).dtype == torch.bfloat16
        with full_precision(x):
            assert (x @ x).dtype == torch.float32
    with full_precision(x.to("meta")):
        assert (x @ x).dtype == torch.float32


def test_gradients_pass_through_a_network_that_is_held_still():
    network, x = nn.Linear(3, 1), torch.ones(2, 3, requires_grad=True)
    network.bias.requires_grad = False
    with held_still(network):
        out = network(x)
    out.sum().backward()
    assert x.grad is not None
    assert network.weight.grad is None
    assert [p.requires_grad for p in network.parameters()] == [True, False]


def test_estimated_statistics_make_an_untrained_network_tell_images_apart():
    images = digits(500)
    torch.manual_seed(0)
    network = Convnet(ConvnetSpec(width=8, stages=2), 1)
    weights = [p.clone() for p in network.parameters()]
    estimate_norms(network, images)
    with evaluation(network):
        h = network(images.normalised(images.pixels))
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(norm.momentum == 0.1 for norm in norms)
    assert all(module.training for module in network.modules())
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), weights, strict=True))
    cosines = torch.nn.functional.normalize(h, dim=1)
    assert float((cosines @ cosines.T).mean()) < 0.99
    assert float(h.std(dim=0).mean()) > 0.02


def test_statistics_of_a_set_sorted_by_brightness_are_those_of_the_whole_set(monkeypatch):
    monkeypatch.setattr(modes, "SAMPLE", 200)
    monkeypatch.setattr(modes, "CHUNK", 20)
    ramp = torch.linspace(0.0, 1.0, 1000)[:, None, None, None].expand(-1, 1, 8, 8)
    norm = nn.BatchNorm2d(1)
    estimate_norms(norm, TinyImages(ramp))
    views = TinyImages(ramp).normalised(ramp)
    assert float(norm.running_mean) == pytest.approx(float(views.mean()), abs=0.02)
    assert float(norm.running_var) == pytest.approx(float(views.var()), rel=0.05)
