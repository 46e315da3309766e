import pytest
import torch

from sslstudio.engine.imaging.boxes import Boxes
from sslstudio.engine.imaging.paint import Paint, inside
from tests.pictures import pictures


def boxes(*rows) -> Boxes:
    return Boxes(*torch.tensor(rows, dtype=torch.float32).unbind(1))


def test_a_box_covers_its_pixels_and_no_others():
    covered = inside(boxes((1, 2, 3, 4), (0, 0, 0, 0), (-2, 5, 4, 10)), (6, 8))
    expected = torch.zeros(3, 1, 6, 8)
    expected[0, 0, 1:4, 2:6] = 1.0
    expected[2, 0, :2, 5:] = 1.0
    assert torch.equal(covered, expected)


@pytest.mark.parametrize(
    ("colour", "mean", "expected"),
    [
        ("black", (0.1, 0.2, 0.3), (0.0, 0.0, 0.0)),
        ("white", (0.1, 0.2, 0.3), (1.0, 1.0, 1.0)),
        ("mean", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
        ("mean", (), (0.5, 0.5, 0.5)),
    ],
)
def test_colours(colour, mean, expected):
    images = pictures(2, 8)
    covered = inside(boxes((0, 0, 3, 8), (5, 5, 2, 2)), (8, 8))
    result = Paint(colour, 3, mean).cover(images.clone(), covered, torch.rand(2, 2))
    flat = torch.tensor(expected).view(1, 3, 1, 1).expand_as(images)
    wanted = torch.where(covered.bool(), flat, images)
    torch.testing.assert_close(result, wanted)


def test_noise_fills_the_range_and_differs_between_images():
    images = torch.zeros(4, 3, 32, 32)
    numbers = torch.rand(4, 2, generator=torch.Generator().manual_seed(0))
    result = Paint("noise", 3).cover(images, torch.ones(4, 1, 32, 32), numbers)
    assert abs(result.mean() - 0.5) < 0.01
    assert abs(result.std() - 12**-0.5) < 0.01
    assert not torch.equal(result[0], result[1])
    assert not torch.equal(result[0, 0], result[0, 1])
