from __future__ import annotations

import pytest

from sslstudio.catalog.objectives.joint_embedding import JointEmbedding
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import open_images
from sslstudio.services.dry_run import dry_run
from tests.support.runs import small_recipe


@pytest.fixture(scope="module")
def images():
    return open_images(DataSpec(source="digits", size=16, channels="gray"))


@pytest.mark.parametrize("preset", ["moco", "nnclr"])
def test_a_trial_on_a_few_images_has_the_queue_of_the_whole_run(catalog, images, preset):
    # 500 of about 1,400 training images are stored, while the trial sees two batches of 16.
    recipe = small_recipe(catalog, preset, objective__target__size=500)
    costs = dry_run(recipe, catalog, images, "cpu")
    assert costs.step_seconds > 0
    assert costs.steps_per_epoch > 60


@pytest.mark.parametrize("way", ["accumulate", "grad-cache"])
def test_a_trial_takes_its_step_in_micro_batches(catalog, images, way, monkeypatch):
    seen: list[int] = []
    recipe = small_recipe(
        catalog, "simclr", training__micro_batches=4, training__micro_batching=way
    )
    through = JointEmbedding.embed

    def noted(self, batch):
        seen.append(len(batch.indices))
        return through(self, batch)

    monkeypatch.setattr(JointEmbedding, "embed", noted)
    costs = dry_run(recipe, catalog, images, "cpu")
    assert set(seen) == {4}  # of the 16 images of a step
    assert len(seen) == 2 * 4 * (2 if way == "grad-cache" else 1)
    assert costs.steps_per_epoch > 60  # the step is still one of 16 images


@pytest.mark.parametrize(
    ("preset", "parts"),
    [
        ("cpc", ["encoder", "objective.embed", "objective.contexts", "objective.predictors"]),
        ("amdim", ["encoder"]),
        ("mae", ["encoder"]),
        ("simclr", ["encoder", "objective.projector"]),
    ],
)
def test_what_is_asked_for_maps_or_lies_in_a_list_takes_its_time_too(
    catalog, images, preset, parts
):
    encoder = {} if preset != "amdim" else {"encoder": "receptive-field-limited"}
    costs = dry_run(small_recipe(catalog, preset, **encoder), catalog, images, "cpu")
    assert all(costs.milliseconds.get(path, 0.0) > 0.0 for path in parts)
