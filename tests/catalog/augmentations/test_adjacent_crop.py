"""Two neighbouring boxes: where they lie, how large they are, and that views belong together."""

from dataclasses import replace

import pytest
import torch
from scipy.stats import chisquare, ks_2samp
from torchvision.transforms import RandomResizedCrop, v2

from sslstudio.catalog.augmentations.adjacent_crop import AdjacentCrop, AdjacentCropSpec
from sslstudio.domain.edits import with_value
from sslstudio.engine.imaging.boxes import Boxes
from sslstudio.engine.imaging.placement import Placement
from sslstudio.engine.observe import draw_batch
from tests.catalog.augmentations.building import augmentation, seeded
from tests.pictures import pictures
from tests.support.runs import small_recipe, small_session, small_store

COUNT = 2000


def boxes(size=(32, 32), count=COUNT, **fields) -> tuple[Boxes, Boxes]:
    """Return the boxes of the first and of the second part, from the same draws."""
    images = torch.empty(count, 1, *size)
    numbers = torch.rand(count, AdjacentCrop.numbers, generator=seeded())

    def of(part):
        spec = AdjacentCropSpec(part=part, **fields)
        return AdjacentCrop(spec, 16).place(Placement.of(images), numbers).boxes

    return of("first"), of("second")


def ends(box: Boxes) -> tuple[torch.Tensor, torch.Tensor]:
    return box.top + box.height, box.left + box.width


@pytest.mark.parametrize("size", [(32, 32), (8, 13), (40, 9), (224, 224)])
@pytest.mark.parametrize("gap", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("scale", [(0.01, 0.5), (0.1, 0.3), (0.01, 0.01), (0.5, 0.5)])
@pytest.mark.parametrize("ratio", [(0.75, 1.33), (0.1, 10.0)])
def test_both_boxes_are_equal_lie_in_the_image_and_touch_up_to_the_gap(size, gap, scale, ratio):
    first, second = boxes(size, 300, scale=scale, gap=gap, aspect_ratio=ratio)
    assert torch.equal(first.height, second.height)
    assert torch.equal(first.width, second.width)
    for box in (first, second):
        assert min(box.top.min(), box.left.min()) >= 0
        assert min(box.height.min(), box.width.min()) >= 1
        assert ends(box)[0].max() <= size[0]
        assert ends(box)[1].max() <= size[1]
        assert all(torch.equal(values, values.round()) for values in (box.top, box.left))
    beside = first.top == second.top
    assert torch.equal(~beside, first.left == second.left)
    steps = torch.where(beside, second.left - first.left, second.top - first.top).abs()
    side = torch.where(beside, first.width, first.height)
    assert torch.equal(steps, side + (gap * side).round())


def test_every_direction_is_as_likely_and_either_part_may_be_the_first():
    first, second = boxes()
    right, down = second.left - first.left, second.top - first.top
    counts = [int((where > 0).sum()) for where in (right, -right, down, -down)]
    assert sum(counts) == COUNT
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_the_pair_is_a_box_of_torchvisions_law(gap):
    scale, ratio, stretch = (0.05, 0.2), (0.7, 1.6), 2.0 + gap
    first, second = boxes((400, 400), scale=scale, aspect_ratio=ratio, gap=gap)
    beside = first.top == second.top
    mine = {
        "top": torch.minimum(first.top, second.top),
        "left": torch.minimum(first.left, second.left),
        "area": (first.height * first.width).log(),
        "aspect": (first.width / first.height).log(),
    }
    for chosen, longer in ((beside, stretch), (~beside, 1.0 / stretch)):
        top, left, height, width = torchvisions(
            int(chosen.sum()), [stretch * s for s in scale], [longer * r for r in ratio]
        )
        area, aspect = height * width / stretch, width / height / longer
        theirs = {"top": top, "left": left, "area": area.log(), "aspect": aspect.log()}
        for name, values in theirs.items():
            assert ks_2samp(mine[name][chosen], values).pvalue > 1e-3, name


def torchvisions(count, scale, ratio) -> torch.Tensor:
    """Return boxes of torchvision  # (4, count): top, left, height, width."""
    torch.manual_seed(3)
    image = torch.empty(1, 400, 400)
    drawn = [RandomResizedCrop.get_params(image, scale, ratio) for _ in range(count)]
    return torch.tensor(drawn, dtype=torch.float32).T


def test_views_show_their_boxes_resized():
    images = pictures(40)
    numbers = torch.rand(40, AdjacentCrop.numbers, generator=seeded())
    for part in ("first", "second"):
        operation = augmentation("adjacent-crop", 20, part=part, gap=0.2)
        box = operation.place(Placement.of(images), numbers).boxes
        corners = torch.stack([box.top, box.left, box.height, box.width], dim=1).int().tolist()
        expected = [
            v2.functional.resized_crop(image, *corner, [20, 20], antialias=True)
            for image, corner in zip(images, corners, strict=True)
        ]
        made = operation.change(images, numbers)
        torch.testing.assert_close(made, torch.stack(expected), atol=2e-5, rtol=0)


def test_a_recipe_draws_neighbours_that_have_no_pixel_in_common(catalog):
    recipe = small_recipe(catalog, "simclr")
    first = {"kind": "adjacent-crop", "scale": [0.25, 0.25], "aspect_ratio": [1, 1]}
    views = [
        {"copies": 1, "pipeline": [first]},
        {
            "copies": 1,
            "shares": ["adjacent-crop"],
            "pipeline": [{**first, "part": "second"}, {"kind": "horizontal-flip"}],
        },
    ]
    # Every pixel of 16 x 16 is a grey of its own, so that a view says where it comes from.
    grey = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    store = replace(small_store(), images=grey.expand(80, 3, 16, 16).contiguous())
    views[0]["size"] = views[1]["size"] = 8
    session = small_session(catalog, with_value(recipe, "views", views, catalog.kinds), store)
    rows = torch.arange(40)
    batch = draw_batch(session.parts, session.plan, rows, rows, seeded())
    for one, other in zip(*batch.views, strict=True):
        seen = (set((view[0] * 255).round().int().flatten().tolist()) for view in (one, other))
        assert not set.intersection(*seen)
