"""No preset has anything to complain of in itself, on any device and at any usual size."""

from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.presets import load_presets

PRESETS = {preset.id: preset for preset in load_presets()}
SIZES = (12, 16, 28, 32, 40, 64, 96, 224)
COUNTS = {"shapes": 10_000, "shapes-video": 10_000, "CIFAR10": 50_000, "folder": 40_000}
FEW = (40, 60, 300, 1438)
TRUE = {
    # As many images as dimensions or fewer become equally far apart when they are whitened, and
    # whitening needs about twice as many in one step as there are dimensions.
    ("w-mse", 40): {"objective.projector.output", "training.batch_size"},
    ("w-mse", 60): {"objective.projector.output", "training.batch_size"},
}
"""What a preset rightly says of few images."""


def facts_of(count):
    return DataFacts(train_images=count, channels=3, labelled=count, in_sequences=count)


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_error_and_no_doubt_about_itself(catalog, name, device):
    for size in SIZES:
        for source, count in COUNTS.items():
            facts = facts_of(count)
            data = DataSpec(source=source, size=size)
            recipe = PRESETS[name].recipe_for(catalog, data, device, facts)
            assert check(recipe, facts) == (), (size, source)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fits_few_images_or_says_truly_that_they_are_too_few(catalog, name, device):
    for size in (28, 32, 224):
        for count in FEW:
            facts = facts_of(count)
            data = DataSpec(source="folder", size=size)
            recipe = PRESETS[name].recipe_for(catalog, data, device, facts)
            found = {problem.path for problem in check(recipe, facts)}
            assert found <= TRUE.get((name, count), set()), (size, count)
