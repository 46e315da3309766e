from __future__ import annotations

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.encoders.convnet import Convnet, ConvnetSpec
from sslstudio.catalog.encoders.vit import Vit, VitSpec
from sslstudio.engine.sensitivity import jacobian_norms, relative


def tiny_convnet():
    return Convnet(ConvnetSpec(width=8, stages=2, convolutions=1), 1)


def tiny_vit():
    return Vit(VitSpec(patch=4, depth=1), 1, 8)


@pytest.mark.parametrize("make", [tiny_convnet, tiny_vit])
def test_probes_average_to_the_exact_jacobian_norm_of_each_image(make):
    torch.manual_seed(0)
    network = make().eval()
    images = torch.randn(3, 1, 8, 8)
    exact = []
    for image in images:
        jacobian = torch.autograd.functional.jacobian(lambda x: network(x[None])[0], image)
        exact.append(jacobian.square().sum())
    with torch.no_grad():
        probes = torch.stack([jacobian_norms(network, images)[1] for _ in range(400)])
    error = probes.std(dim=0) / 400**0.5
    assert bool(((probes.mean(dim=0) - torch.stack(exact)).abs() < 4 * error).all())
    assert bool((error < 0.1 * torch.stack(exact)).all())


@pytest.mark.parametrize("make", [tiny_convnet, tiny_vit])
def test_outputs_are_the_networks_own_and_gradients_reach_every_weight(make):
    torch.manual_seed(0)
    network = make()
    images = torch.randn(4, 1, 8, 8)
    outputs, _ = jacobian_norms(network.eval(), images)
    torch.testing.assert_close(outputs, network(images))
    jacobian_norms(network.train(), images)[1].sum().backward()
    weights = [p for p in network.parameters() if p.ndim > 1]
    assert all(bool(p.grad.any()) for p in weights)


def test_batch_norm_counts_one_batch_and_not_the_probe():
    network = tiny_convnet()
    jacobian_norms(network, torch.randn(4, 1, 8, 8))
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(int(norm.num_batches_tracked) == 1 for norm in norms)


def test_sixteen_bits_around_it_change_nothing():
    network = tiny_convnet().eval()
    images = torch.randn(4, 1, 8, 8)
    results = []
    for enabled in (False, True):
        torch.manual_seed(0)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            results.append(jacobian_norms(network, images)[1])
    assert results[1].dtype == torch.float32
    assert torch.equal(*results)


def test_nothing_stays_behind_on_the_cpu_when_the_images_are_on_a_gpu(monkeypatch):
    def no_derivative(outputs, inputs, signs, **_options):
        # A pretended GPU has no autograd engine; shapes and devices are what is looked at here.
        assert (outputs.shape, outputs.device) == (signs.shape, signs.device)
        return (torch.zeros_like(inputs),)

    monkeypatch.setattr(torch.autograd, "grad", no_derivative)
    with FakeTensorMode():
        with torch.device("cuda"):
            network, images = tiny_convnet(), torch.rand(4, 1, 8, 8)
        outputs, norms = jacobian_norms(network, images)
        assert (outputs.device.type, norms.device.type) == ("cuda", "cuda")
        assert norms.shape == (4,)


def test_without_gradients_the_numbers_are_the_same_and_carry_none():
    network, images = tiny_convnet().eval(), torch.randn(4, 1, 8, 8)
    results = []
    for enabled in (True, False):
        torch.manual_seed(0)
        with torch.set_grad_enabled(enabled):
            results.append(jacobian_norms(network, images))
    assert [norms.requires_grad for _, norms in results] == [True, False]
    assert torch.equal(results[0][1], results[1][1])


def test_relative_norms_do_not_depend_on_the_outputs_scale():
    outputs, norms = torch.randn(16, 5), torch.rand(16)
    torch.testing.assert_close(relative(norms, outputs), relative(9.0 * norms, 3.0 * outputs))
    spread = (outputs - outputs.mean(dim=0)).square().sum(dim=1).mean()
    torch.testing.assert_close(relative(norms, outputs), norms / spread)
