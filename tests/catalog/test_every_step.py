"""Every entry in its place takes a step: finite, into the encoder, repeatable, on any device."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.assemble import build_context
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.parts import Batch, Objective
from sslstudio.engine.session import Session
from tests.catalog.objectives.test_every_objective import MODULES
from tests.catalog.wirings import CATALOG, ENTRIES, recipe_with
from tests.support.runs import small_session, small_store

every_entry = pytest.mark.parametrize(("family", "kind"), ENTRIES)
TRIED = {
    *(("losses", kind) for kind in CATALOG.entries("losses")),
    *(("targets", kind) for kind in CATALOG.entries("targets")),
    *(("optimizers", kind) for kind in CATALOG.entries("optimizers")),
    *(("objectives", module.ENTRY.kind) for module in MODULES),
}
"""What the tests of one family try on a pretended GPU, or what works on gradients alone."""
UNTRIED = [entry for entry in ENTRIES if entry not in TRIED]
STORE = small_store()
FACTS = STORE.facts()


def stepped(recipe: Recipe) -> tuple[Session, dict[str, Tensor]]:
    """Return a session of the recipe after its first step, and the terms of that step."""
    session = small_session(CATALOG, recipe, STORE)
    session.parts.objective.train()
    if not recipe.objective.trainable:
        session.prepare()
    return session, session.advance()


@every_entry
def test_one_step_is_finite_reaches_the_encoder_and_comes_out_the_same_twice(family, kind):
    recipe = recipe_with(family, kind)
    first, terms = stepped(recipe)
    assert all(math.isfinite(float(value)) for value in terms.values())
    if recipe.objective.trainable:
        assert "loss" in terms or any(name.endswith(": loss") for name in terms)
        gradients = [p.grad for p in first.parts.encoder.parameters()]
        assert gradients
        assert all(grad is not None and bool(grad.isfinite().all()) for grad in gradients)
        assert sum(float(grad.abs().sum()) for grad in gradients) > 0.0
    torch.manual_seed(99)
    second, again = stepped(recipe)
    assert all(torch.equal(value, again[name]) for name, value in terms.items())
    ours, theirs = (session.parts.objective.state_dict() for session in (first, second))
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


@pytest.mark.parametrize(("family", "kind"), UNTRIED)
def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(family, kind):
    recipe = recipe_with(family, kind)
    with FakeTensorMode(allow_non_fake_inputs=False), torch.device("cuda"):
        objective, batch = pretended(recipe)
        h = objective.encoder(batch.views[0])
        found = [h, objective.project(h), *objective.parameters(), *objective.buffers()]
        if family != "encoders":
            for player in objective.players():
                found.extend(objective.terms(batch, player.name).values())
            objective.after_step(0.5)
    assert {tensor.device.type for tensor in found} == {"cuda"}


def pretended(recipe: Recipe) -> tuple[Objective, Batch]:
    """Return an objective and a batch whose tensors have a shape and a device and no values."""
    context = build_context(recipe, CATALOG, FACTS)
    read = replace(context, channels=context.view_channels[0])
    encoder = CATALOG.build(recipe.encoder, read)
    objective = CATALOG.build(recipe.objective, replace(context, encoder=encoder)).train()
    rows = context.batch_size
    sides = zip(context.view_channels, context.view_sizes, strict=True)
    batch = Batch(
        views=tuple(torch.rand(rows, channels, side, side) for channels, side in sides),
        images=torch.rand(rows, context.channels, context.size, context.size),
        indices=torch.arange(rows),
        labels=torch.zeros(rows, dtype=torch.int64),
    )
    return objective, batch
