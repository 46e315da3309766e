import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from sslstudio.engine.imaging.boxes import NUMBERS, Boxes, draw_boxes
from sslstudio.engine.imaging.placement import Placement, Placing, PlacingRun, fused
from tests.pictures import as_bytes, pictures

BOXES = [  # top, left, height, width
    (0, 0, 40, 30),
    (3, 5, 20, 11),
    (39, 29, 1, 1),
    (0, 7, 40, 2),
    (17, 0, 5, 30),
    (10, 10, 16, 16),
]


def placement(images: Tensor) -> Placement:
    return Placement.of(images)


def boxes(rows=BOXES) -> Boxes:
    return Boxes(*torch.tensor(rows, dtype=torch.float32).unbind(1))


def reference(images: Tensor, size: tuple[int, int]) -> Tensor:
    return torch.stack(
        [
            functional.resized_crop(image, *box, size, antialias=True)
            for image, box in zip(images, BOXES, strict=True)
        ]
    )


class FixedCrop(Placing):
    numbers = 0
    resamples = True

    def __init__(self, size: int) -> None:
        self.size = size

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        del numbers
        return placement.cropped(boxes(), (self.size, self.size))


class Flip(Placing):
    numbers = 1

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        return placement.flipped(numbers[:, 0] < 0.5)


@pytest.mark.parametrize("size", [(16, 16), (8, 8), (32, 32), (57, 20), (3, 3)])
@pytest.mark.parametrize("channels", [1, 3])
def test_crop_equals_torchvision(size, channels):
    images = pictures(len(BOXES), (40, 30), channels)
    result = placement(images).cropped(boxes(), size).render(images)
    torch.testing.assert_close(result, reference(images, size), atol=2e-5, rtol=0)


def test_bytes_are_converted_on_the_way():
    images = as_bytes(pictures(len(BOXES), (40, 30)))
    result = placement(images).cropped(boxes(), (16, 16)).render(images)
    torch.testing.assert_close(result, reference(images / 255, (16, 16)), atol=2e-5, rtol=0)


def test_a_mirrored_crop_is_the_crop_mirrored():
    images = pictures(len(BOXES), (40, 30))
    chosen = torch.tensor([True, False, True, True, False, True])
    plain = placement(images).cropped(boxes(), (24, 24))
    expected = torch.where(
        chosen.view(-1, 1, 1, 1), plain.render(images).flip(3), plain.render(images)
    )
    torch.testing.assert_close(plain.flipped(chosen).render(images), expected)


@pytest.mark.parametrize("order", ["crop first", "flip first", "flip, crop, flip"])
def test_one_resampling_gives_what_the_operations_give_one_by_one(order):
    images = pictures(len(BOXES), (40, 30))
    crop, flip = FixedCrop(24), Flip()
    run = {
        "crop first": [crop, flip],
        "flip first": [flip, crop],
        "flip, crop, flip": [flip, crop, Flip()],
    }[order]
    joined = fused(run)
    assert len(joined) == 1
    numbers = torch.rand(len(images), joined[0].numbers, generator=torch.Generator().manual_seed(1))
    assert 0 < (numbers < 0.5).sum() < numbers.numel()
    expected = images
    for operation, share in zip(run, numbers.split([o.numbers for o in run], 1), strict=True):
        expected = operation.change(expected, share)
    torch.testing.assert_close(joined[0].change(images, numbers), expected)


def test_two_crops_are_not_joined():
    joined = fused([FixedCrop(32), Flip(), FixedCrop(16)])
    assert [operation.resamples for operation in joined] == [True, True]
    with pytest.raises(ValueError, match="one crop"):
        PlacingRun([FixedCrop(32), FixedCrop(16)]).change(
            pictures(len(BOXES)), torch.empty(len(BOXES), 0)
        )


def test_a_flip_alone_moves_every_pixel_exactly():
    images = pictures(4)
    numbers = torch.tensor([[0.1], [0.9], [0.4], [0.6]])
    result = Flip().change(images, numbers)
    assert torch.equal(result[[0, 2]], functional.horizontal_flip(images[[0, 2]]))
    assert torch.equal(result[[1, 3]], images[[1, 3]])


class Upend(Placing):
    numbers = 1

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        return placement.upended(numbers[:, 0] < 0.5)


@pytest.mark.parametrize(
    "run",
    [[FixedCrop(24), Upend()], [Upend(), FixedCrop(24)], [Flip(), Upend(), FixedCrop(24), Upend()]],
)
def test_upside_down_beside_a_crop_is_the_same_as_one_by_one(run):
    images = pictures(len(BOXES), (40, 30))
    (joined,) = fused(run)
    numbers = torch.rand(len(images), joined.numbers, generator=torch.Generator().manual_seed(1))
    expected = images
    for operation, share in zip(run, numbers.split([o.numbers for o in run], 1), strict=True):
        expected = operation.change(expected, share)
    torch.testing.assert_close(joined.change(images, numbers), expected)


def test_upside_down_alone_moves_every_pixel_exactly():
    images = pictures(4)
    result = Upend().change(images, torch.tensor([[0.1], [0.9], [0.4], [0.6]]))
    assert torch.equal(result[[0, 2]], functional.vertical_flip(images[[0, 2]]))
    assert torch.equal(result[[1, 3]], images[[1, 3]])


@pytest.mark.parametrize("operation", [FixedCrop(16), Flip(), Upend()])
def test_what_is_handed_in_stays_as_it_is(operation):
    images = pictures(len(BOXES), (40, 30))
    before = images.clone()
    operation.change(images, torch.zeros(len(images), operation.numbers))
    assert torch.equal(images, before)


def test_white_stays_within_range():
    images = torch.ones(200, 3, 40, 40)
    numbers = torch.rand(200, NUMBERS, generator=torch.Generator().manual_seed(0))
    random_boxes = draw_boxes(numbers, (40, 40), (0.05, 1.0), (0.5, 2.0))
    result = placement(images).cropped(random_boxes, (24, 24)).render(images)
    assert result.max() <= 1.0
    torch.testing.assert_close(result, torch.ones_like(result))
