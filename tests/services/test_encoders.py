from __future__ import annotations

import torch
from torch import nn

from sslstudio.engine.plan import Compute
from sslstudio.services import encoders
from sslstudio.services.encoders import from_run, random_twin, untrained
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.training import begin, run_training
from tests.services.test_difficulty import images_of
from tests.support.runs import Script, small_recipe, small_store


def test_the_untrained_twin_is_normed_without_throwing_a_trainings_dice(catalog, monkeypatch):
    store = small_store()
    recipe = small_recipe(catalog)
    trained = untrained("tried", recipe, catalog, store.facts(), Compute(device="cpu"))

    def with_dropout(*given):
        made = untrained(*given)
        made.kept.encoder.stem = nn.Sequential(made.kept.encoder.stem, nn.Dropout(0.5))
        return made

    monkeypatch.setattr(encoders, "untrained", with_dropout)
    before = torch.get_rng_state()
    twin = random_twin(trained, catalog, store.images.numpy())
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(module.training for module in twin.kept.modules())
    norm = next(m for m in twin.kept.modules() if isinstance(m, nn.BatchNorm2d))
    assert not torch.equal(norm.running_mean, torch.zeros_like(norm.running_mean))


def test_a_runs_kept_layers_come_back_with_its_projector(catalog, tmp_path):
    recipe = small_recipe(
        catalog,
        "simclr",
        representation={"layer": "encoder", "also": ["stage1", "projector"], "pooling": "both"},
        training__budget={"unit": "steps", "amount": 2},
        training__micro_batches=2,
        training__micro_batching="grad-cache",
    )
    images = images_of()
    parts, plan, environment = begin(recipe, catalog, images, "cpu")
    folder = RunFolder.create(tmp_path / "run", recipe, environment)
    list(run_training(folder, parts, plan, Script(), resume=False))
    parts.objective.eval()
    found = from_run(folder, catalog, device="cpu")
    chunk = found.ready(torch.from_numpy(images.images[:5]))
    torch.testing.assert_close(found.kept.eval()(chunk), parts.kept(chunk))
    assert random_twin(found, catalog, images.images).kept.dim == parts.kept.dim
