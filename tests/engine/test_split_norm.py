from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sslstudio.engine.split_norm import SMALLEST_GROUP, group_count, in_blocks, in_strides


class Company(nn.Module):
    """Writes down which images it saw together and returns each image's own number."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[set[int]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.groups.append(set(images.flatten().int().tolist()))
        return images

    def of(self, image: int) -> set[int]:
        """Return the group that an image was in."""
        (group,) = [group for group in self.groups if image in group]
        return group


@pytest.mark.parametrize("size", [64, 256, 100])
def test_keys_and_queries_are_normed_in_different_company(size):
    images = torch.arange(float(size)).unsqueeze(1)
    queries, keys = Company(), Company()
    torch.testing.assert_close(in_blocks(queries, images, 8), images)
    torch.testing.assert_close(in_strides(keys, images, 8), images)
    assert len(queries.groups) == len(keys.groups) == 8
    for image in range(size):
        shared = queries.of(image) & keys.of(image)
        assert len(shared) <= len(queries.of(image)) / 8 + 1


@pytest.mark.parametrize("size", [16, 24, 63, 100, 257])
def test_groups_are_even_and_never_small(size):
    images = torch.arange(float(size)).unsqueeze(1)
    for split in (in_blocks, in_strides):
        company = Company()
        split(company, images, 8)
        sizes = [len(group) for group in company.groups]
        assert min(sizes) >= SMALLEST_GROUP
        assert max(sizes) - min(sizes) <= 1
        assert sum(sizes) == size
        assert len(sizes) == group_count(size, 8)


def test_statistics_really_come_from_the_group():
    # A stranger outside the group changes nothing, one inside changes every output of it.
    network = nn.BatchNorm1d(2)
    images = torch.randn(32, 2, generator=torch.Generator().manual_seed(0))
    moved = images.clone()
    moved[1] += 10.0
    by_block = (in_blocks(network, moved, 4) != in_blocks(network, images, 4)).any(dim=1)
    by_stride = (in_strides(network, moved, 4) != in_strides(network, images, 4)).any(dim=1)
    assert by_block.nonzero().flatten().tolist() == list(range(8))
    assert by_stride.nonzero().flatten().tolist() == list(range(1, 32, 4))


def test_one_group_is_the_network_itself():
    network = nn.BatchNorm1d(2)
    images = torch.randn(20, 2)
    for split in (in_blocks, in_strides):
        assert torch.equal(split(network, images, 1), network(images))
        assert torch.equal(split(network, images[:10], 8), network(images[:10]))
