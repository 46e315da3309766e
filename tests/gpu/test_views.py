"""Views made on a GPU are those of a CPU: the same draws, the same pictures."""

from __future__ import annotations

import pytest
import torch

from sslstudio.engine.observe import draw_batch
from sslstudio.engine.sampling import seeded
from tests.catalog.wirings import CATALOG, small_presets
from tests.gpu.conftest import gpu_session
from tests.support.runs import small_recipe, small_session

AUGMENTATIONS = [kind for kind in CATALOG.entries("augmentations") if kind != "normalise"]
ONE_LEVEL = 1 / 255


def both(recipe):
    """Return the first batch of a recipe, made on the CPU and on the GPU."""
    found = []
    for session in (small_session(CATALOG, recipe), gpu_session(CATALOG, recipe)):
        indices = session.sampler.indices(0)
        rows = session.plan.store.train[indices]
        generator = seeded("cpu", 1, "views")
        with torch.no_grad():
            found.append(draw_batch(session.parts, session.plan, rows, indices, generator))
    return found


def apart(ours, theirs):
    """Return the share of values that differ by more than half a level of 255."""
    assert theirs.device.type == "cuda"
    return float(((ours - theirs.cpu()).abs() > ONE_LEVEL / 2).float().mean())


@pytest.mark.parametrize("preset", sorted(small_presets()))
def test_a_presets_views_are_the_cpus(preset):
    ours, theirs = both(small_presets()[preset])
    assert torch.allclose(ours.images, theirs.images.cpu(), atol=1e-6)
    for view, same in zip(ours.views, theirs.views, strict=True):
        # A rounded level may fall to the other side; normalised values are up to 5 times larger.
        assert apart(view / 5, same / 5) < 0.01


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_an_augmentation_gives_the_cpus_pictures(kind):
    spec = CATALOG.entries("augmentations")[kind].spec()
    if spec.converts:
        pytest.skip("its presets are compared as a whole")
    recipe = small_recipe(CATALOG, "simclr", views__0__pipeline=[{"kind": kind}])
    ours, theirs = both(recipe)
    for view, same in zip(ours.views, theirs.views, strict=True):
        assert apart(view, same) < 0.01
