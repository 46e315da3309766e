"""What holds for every optimizer, and one plain reference for each rule."""

import copy
import json

import pytest
import torch
from torch import nn

from sslstudio.catalog.catalog import load_catalog
from sslstudio.catalog.optimizers import muon
from sslstudio.engine.checkpoint import flatten, unflatten
from tests.catalog.objectives.tiny import context_for, noise_images

OPTIMIZERS = load_catalog().entries("optimizers")


def made(kind: str, network: nn.Module, **fields) -> torch.optim.Optimizer:
    entry = OPTIMIZERS[kind]
    plan = entry.build(entry.spec(**fields), context_for(noise_images(4, 3, 8)))
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return plan.make(
        [
            {"params": matrices, "weight_decay": plan.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
    )


def small_network() -> nn.Module:
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
    return nn.Sequential(*layers)


def stepped(network: nn.Module, optimizer: torch.optim.Optimizer, seed: int) -> float:
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(16, 3, 8, 8, generator=generator)
    wanted = images.mean(dim=(2, 3)) @ torch.ones(3, 4)
    loss = (network(images) - wanted).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_it_lowers_a_loss(kind):
    network = small_network()
    optimizer = made(kind, network)
    losses = [stepped(network, optimizer, seed) for seed in range(40)]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def written_and_read(state):
    """Return the state as a checkpoint file holds it: copied tensors and JSON."""
    tensors, rest = flatten(state)
    return {name: value.clone() for name, value in tensors.items()}, json.loads(json.dumps(rest))


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_restored_state_goes_on_to_the_bit(kind):
    network = small_network()
    optimizer = made(kind, network)
    for seed in range(3):
        stepped(network, optimizer, seed)
    twin = copy.deepcopy(network)
    restored = made(kind, twin)
    restored.load_state_dict(unflatten(*written_and_read(optimizer.state_dict())))
    for seed in range(3, 6):
        assert stepped(network, optimizer, seed) == stepped(twin, restored, seed)
    pairs = zip(network.parameters(), twin.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_norms_and_biases_feel_no_decay(kind):
    network = small_network()
    optimizer = made(kind, network, weight_decay=0.05)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = copy.deepcopy(network)
    optimizer.step()
    for mine, old in zip(network.parameters(), before.parameters(), strict=True):
        if mine.ndim == 1:
            assert torch.equal(mine, old)


def test_lars_step_is_the_trust_ratio_times_the_gradient():
    layer = nn.Linear(6, 5, bias=False)
    gradient = torch.randn(5, 6)
    layer.weight.grad = gradient.clone()
    before = layer.weight.detach().clone()
    fields = {"learning_rate": 0.1, "momentum": 0.0, "trust": 0.02, "weight_decay": 0.01}
    made("lars", layer, clip=False, **fields).step()
    # You et al. 2017, eq. 6: lr * eta |w| / (|g| + decay |w|) * (g + decay w).
    ratio = 0.02 * before.norm() / (gradient.norm() + 0.01 * before.norm())
    expected = before - 0.1 * ratio * (gradient + 0.01 * before)
    assert torch.allclose(layer.weight, expected, atol=1e-6)


def test_lars_adapts_weights_without_decay_too_and_vectors_never():
    layer = nn.Linear(6, 5)
    gradients = torch.randn(5, 6), torch.randn(5)
    layer.weight.grad, layer.bias.grad = (gradient.clone() for gradient in gradients)
    before = [p.detach().clone() for p in (layer.weight, layer.bias)]
    fields = {"learning_rate": 0.1, "momentum": 0.0, "trust": 0.02, "weight_decay": 0.0}
    made("lars", layer, clip=False, **fields).step()
    ratio = 0.02 * before[0].norm() / gradients[0].norm()
    assert torch.allclose(layer.weight, before[0] - 0.1 * ratio * gradients[0], atol=1e-6)
    assert torch.allclose(layer.bias, before[1] - 0.1 * gradients[1], atol=1e-6)


def test_lamb_steps_in_proportion_to_weights_without_decay_too():
    layer = nn.Linear(6, 5)
    layer.weight.grad, layer.bias.grad = torch.randn(5, 6), torch.randn(5)
    before = layer.weight.detach().clone()
    made("lamb", layer, learning_rate=0.1, weight_decay=0.0).step()
    moved = (layer.weight.detach() - before).norm()
    assert float(moved / before.norm()) == pytest.approx(0.1, rel=1e-4)


def test_muon_moves_filters_along_a_flat_semi_orthogonal_direction():
    network = nn.Conv2d(4, 8, 3, bias=False)
    network.weight.grad = torch.randn(8, 4, 3, 3)
    before = network.weight.detach().clone()
    spec = muon.MuonSpec(learning_rate=0.1, weight_decay=0.0)
    made("muon", network, **spec.model_dump(exclude={"kind"})).step()
    moved = (network.weight.detach() - before).flatten(1)
    assert condition(moved) < 2.0 < condition(network.weight.grad.flatten(1))


def condition(matrix: torch.Tensor) -> float:
    values = torch.linalg.svdvals(matrix)
    return float(values.max() / values.min())
