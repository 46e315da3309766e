"""The rank of what is painted from noise, beside that of the images."""

from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.monitors.sample_rank import SampleRank
from sslstudio.engine.parts import Snapshot


def normal(points: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(points, dim, generator=torch.Generator().manual_seed(seed))


def reading(painted: torch.Tensor | None) -> float | None:
    images = normal(500, 32)
    taken = SampleRank().read(Snapshot(h=images, z=images, h_painted=painted))
    return taken[0].value if taken else None


def test_samples_as_varied_as_the_images_read_one():
    assert reading(normal(256, 32, seed=1)) == pytest.approx(1.0, abs=0.02)


def test_one_picture_again_and_again_reads_one_direction_of_all():
    same = normal(1, 32).expand(256, -1) + 1e-4 * normal(256, 32, seed=2)
    assert reading(same) == pytest.approx(1.0 / 32.0, rel=0.1)


def test_few_pictures_read_their_number():
    few = normal(4, 32, seed=3).repeat(64, 1)
    assert 3.0 / 32.0 < reading(few) < 4.2 / 32.0


def test_nothing_is_read_where_nothing_is_painted_or_it_is_not_finite():
    assert reading(None) is None
    assert reading(normal(256, 32) * float("nan")) is None
