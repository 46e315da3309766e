from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.heads.dino import DinoHead, DinoHeadSpec, build
from tests.catalog.losses.clouds import context_of


def head(before: int = 6, images: int = 64, **fields) -> DinoHead:
    torch.manual_seed(0)
    return build(
        DinoHeadSpec(**{"hidden": 16, "bottleneck": 8, **fields}), context_of(before, images)
    )


def test_outputs_are_cosines_to_learnt_directions():
    built = head(output=12).eval()
    h = torch.randn(5, 6)
    network, last = built.network
    expected = F.normalize(network(h), dim=1) @ F.normalize(last.weight, dim=1).T
    assert torch.allclose(built(h), expected, atol=1e-6)
    assert float(built(h).abs().max()) <= 1.0
    assert torch.allclose(
        built(h),
        nn.functional.linear(
            F.normalize(network(h), dim=1), torch._weight_norm(last.weight, torch.ones(12, 1), 0)
        ),
        atol=1e-6,
    )


def test_the_length_of_the_rows_cannot_be_learnt():
    built = head(output=12).eval()
    h = torch.randn(5, 6)
    before = built(h)
    with torch.no_grad():
        built.network[1].weight.mul_(7.0)
    assert torch.allclose(built(h), before, atol=1e-6)
    built(h).square().sum().backward()
    weight = built.network[1].weight
    along = (weight.grad * weight).sum(dim=1)
    assert torch.allclose(along, torch.zeros(12), atol=1e-5)


def test_every_hidden_layer_has_a_batch_norm_of_its_own():
    norms = [m for m in head(layers=3).modules() if isinstance(m, nn.BatchNorm1d)]
    assert len({id(norm) for norm in norms}) == 2
    assert not [m for m in head(hidden_norm=False).modules() if isinstance(m, nn.BatchNorm1d)]


def test_only_the_last_layer_waits():
    built = head(frozen_until=0.25, output=12)
    (group,) = built.own_groups()
    assert [id(p) for p in group.parameters] == [id(built.network[1].weight)]
    assert group.frozen_until == 0.25


def test_a_copy_waits_with_its_own_layer():
    built = head()
    twin = copy.deepcopy(built)
    (group,) = twin.own_groups()
    assert group.parameters[0] is twin.network[1].weight


@pytest.mark.parametrize(
    ("images", "outputs"), [(1_281_167, 65_536), (50_000, 16_384), (9_216, 4_096), (2, 64)]
)
def test_outputs_follow_the_number_of_images(images, outputs):
    with FakeTensorMode():
        assert head(images=images).dim == outputs


def test_sixteen_bit_passes_leave_the_cosines_in_full_precision():
    built = head(output=12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert built(torch.randn(5, 6)).dtype == torch.float32


def test_nothing_stays_on_the_cpu():
    with FakeTensorMode(), torch.device("cuda"):
        assert head()(torch.rand(5, 6)).device.type == "cuda"
