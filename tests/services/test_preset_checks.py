"""No preset has anything to complain of in itself, on any device and at any usual size."""

from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.presets import load_presets

PRESETS = {preset.id: preset for preset in load_presets()}
FACTS = DataFacts(train_images=40_000, channels=3, labelled=40_000)
SIZES = (12, 16, 28, 32, 40, 64, 96, 224)


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_error_and_no_doubt_about_itself(catalog, name, device):
    for size in SIZES:
        for source in ("shapes", "folder"):
            data = DataSpec(source=source, size=size)
            recipe = PRESETS[name].recipe_for(catalog, data, device)
            assert check(recipe, FACTS) == (), (size, source)
