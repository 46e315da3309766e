from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from sslstudio.engine.memory_bank import MemoryBank
from tests.catalog.objectives.tiny import digits


def lengths(bank: MemoryBank) -> torch.Tensor:
    return bank.vectors.norm(dim=1)


def test_vectors_are_of_unit_length_at_the_start_and_after_updates():
    bank = MemoryBank(50, 16)
    torch.testing.assert_close(lengths(bank), torch.ones(50))
    bank.update(torch.tensor([1, 7]), 100.0 * torch.randn(2, 16), keep=0.5)
    torch.testing.assert_close(lengths(bank), torch.ones(50))


def test_without_momentum_the_new_vector_replaces_the_old_one():
    bank = MemoryBank(5, 4)
    new = torch.randn(2, 4)
    bank.update(torch.tensor([3, 0]), new)
    torch.testing.assert_close(bank.rows(torch.tensor([3, 0])), F.normalize(new, dim=1))


def test_filling_embeds_every_image_in_its_row_and_leaves_the_network_alone():
    images = digits(130)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    bank = MemoryBank(130, 8)
    bank.fill(network, images)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    network.eval()
    with torch.no_grad():
        expected = F.normalize(network(images.normalised(images.pixels)), dim=1)
    torch.testing.assert_close(bank.vectors, expected)


def test_a_checkpoint_holds_the_vectors():
    bank = MemoryBank(5, 4)
    assert torch.equal(bank.state_dict()["vectors"], bank.vectors)
