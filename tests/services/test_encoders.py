from __future__ import annotations

import torch
from torch import nn

from sslstudio.engine.plan import Compute
from sslstudio.services import encoders
from sslstudio.services.encoders import random_twin, untrained
from tests.support.runs import small_recipe, small_store


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
