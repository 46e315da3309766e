import pytest
import torch
from scipy.stats import ks_2samp
from torch import Tensor
from torchvision.transforms import v2

from sslstudio.engine.imaging.boxes import NUMBERS, draw_boxes

COUNT = 3000
LAWS = [
    ((32, 32), (0.2, 1.0), (3 / 4, 4 / 3)),
    ((96, 64), (0.08, 0.5), (0.5, 2.0)),
    ((64, 24), (0.3, 1.0), (0.8, 1.25)),  # one try in eight fits, else the fallback cuts the height
    ((20, 64), (0.6, 0.9), (0.8, 1.25)),  # the fallback cuts the width
    ((32, 32), (1.0, 1.0), (0.9, 1.1)),  # the fallback is the whole image
]


def ours(size, scale, ratio, count=COUNT, seed=0) -> dict[str, Tensor]:
    numbers = torch.rand(count, NUMBERS, generator=torch.Generator().manual_seed(seed))
    boxes = draw_boxes(numbers, size, scale, ratio)
    return {name: getattr(boxes, name) for name in ("top", "left", "height", "width")}


def theirs(size, scale, ratio) -> dict[str, Tensor]:
    transform = v2.RandomResizedCrop(8, scale=scale, ratio=ratio)
    image = torch.empty(3, *size)
    torch.manual_seed(1)
    drawn = [transform.make_params([image]) for _ in range(COUNT)]
    return {name: torch.tensor([float(d[name]) for d in drawn]) for name in drawn[0]}


@pytest.mark.parametrize(("size", "scale", "ratio"), LAWS)
def test_boxes_follow_torchvisions_law(size, scale, ratio):
    mine, reference = ours(size, scale, ratio), theirs(size, scale, ratio)
    for name in reference:
        assert ks_2samp(mine[name], reference[name]).pvalue > 1e-3, name
    area = [boxes["height"] * boxes["width"] for boxes in (mine, reference)]
    assert ks_2samp(*area).pvalue > 1e-3
    shape = [boxes["height"] / boxes["width"] for boxes in (mine, reference)]
    assert ks_2samp(*shape).pvalue > 1e-3


@pytest.mark.parametrize(("size", "scale", "ratio"), LAWS)
def test_boxes_are_whole_pixels_inside_the_image(size, scale, ratio):
    boxes = ours(size, scale, ratio)
    for values in boxes.values():
        assert torch.equal(values, values.round())
    assert boxes["top"].min() >= 0
    assert boxes["left"].min() >= 0
    assert boxes["height"].min() >= 1
    assert boxes["width"].min() >= 1
    assert (boxes["top"] + boxes["height"]).max() <= size[0]
    assert (boxes["left"] + boxes["width"]).max() <= size[1]


def test_every_position_is_reached_even_by_the_largest_number():
    numbers = torch.full((2, NUMBERS), 0.5)
    numbers[0, -2:] = 0.0
    numbers[1, -2:] = 1.0 - 2.0**-24  # the largest number that torch.rand returns
    boxes = draw_boxes(numbers, (32, 32), (0.25, 0.25), (1.0, 1.0))
    assert boxes.top.tolist() == [0.0, 16.0]
    assert boxes.left.tolist() == [0.0, 16.0]


def test_a_box_cannot_vanish():
    boxes = ours((8, 8), (0.01, 0.01), (0.1, 10.0))
    assert boxes["height"].min() >= 1
    assert boxes["width"].min() >= 1
