from __future__ import annotations

import torch
from torch import nn

from sslstudio.engine.average import follow, frozen_copy


def test_a_copy_shares_nothing_and_takes_no_gradient():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    twin = frozen_copy(network)
    assert not any(p.requires_grad for p in twin.parameters())
    assert all(p.requires_grad for p in network.parameters())
    with torch.no_grad():
        network[0].weight.zero_()
    assert twin[0].weight.abs().sum() > 0


def test_following_mixes_weights_and_leaves_running_statistics_alone():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    twin = frozen_copy(network)
    old = twin[0].weight.clone()
    with torch.no_grad():
        network[0].weight.add_(1.0)
        network[1].running_mean.fill_(5.0)
    follow(twin, network, 0.9)
    torch.testing.assert_close(twin[0].weight, old + 0.1)
    assert torch.equal(twin[1].running_mean, torch.zeros(4))
    assert all(p.grad is None for p in twin.parameters())
