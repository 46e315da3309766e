"""Every entry and every preset steps on a real GPU, in each precision, without making it wait."""

from __future__ import annotations

import math

import pytest
import torch

from sslstudio.domain.recipe import Recipe
from sslstudio.engine.session import Session
from tests.catalog.wirings import CATALOG, ENTRIES, recipe_with, small_presets
from tests.gpu.conftest import gpu_session

PRESETS = sorted(small_presets())
WAITING = {"supervised", "fit", "w-mse", "looc", "relative-patch"}
"""Presets whose step must look at labels or factors, or sends a small table that it needs."""


def stepped(recipe: Recipe, precision: str, steps: int = 1) -> tuple[Session, list[dict]]:
    """Return a session after some steps on the GPU, and the terms of each."""
    session = gpu_session(CATALOG, recipe, precision)
    session.parts.objective.train()
    session.prepare()
    return session, [session.advance() for _ in range(steps)]


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize(("family", "kind"), ENTRIES)
def test_one_step_is_finite_and_reaches_the_encoder(family, kind, precision):
    recipe = recipe_with(family, kind)
    session, (terms,) = stepped(recipe, precision)
    # The scale of fp16 begins high on purpose: the first gradients may overflow and are dropped.
    overflows = {"gradient norm"} if precision == "fp16" else set()
    assert all(math.isfinite(float(terms[name])) for name in set(terms) - overflows)
    assert {p.device.type for p in session.parts.objective.parameters()} <= {"cuda"}
    if recipe.objective.trainable:
        gradients = [p.grad for p in session.parts.encoder.parameters()]
        assert all(grad is not None for grad in gradients)
        if not overflows:
            assert all(bool(grad.isfinite().all()) for grad in gradients)
            assert sum(float(grad.abs().sum()) for grad in gradients) > 0.0


@pytest.mark.parametrize("preset", PRESETS)
def test_two_steps_with_the_same_seed_agree(preset):
    recipe = small_presets()[preset]
    _, first = stepped(recipe, "fp32", 2)
    torch.manual_seed(99)
    _, second = stepped(recipe, "fp32", 2)
    for ours, theirs in zip(first, second, strict=True):
        for name, value in ours.items():
            assert float(value) == pytest.approx(float(theirs[name]), rel=1e-2, abs=1e-3), name


@pytest.mark.parametrize("preset", PRESETS)
def test_a_step_does_not_wait_for_the_gpu(preset):
    recipe = small_presets()[preset]
    if preset in WAITING or not recipe.objective.trainable:
        pytest.skip("its step waits")
    session, _ = stepped(recipe, "bf16", 2)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        session.advance()
    finally:
        torch.cuda.set_sync_debug_mode("default")
