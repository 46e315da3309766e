"""What tasks of their own declare as chance or collapse, against what a blind network really costs.

Joint embedding passes on what its loss declares (tests/catalog/losses/test_anchors.py).
"""

from __future__ import annotations

import math

import pytest
import torch

from sslstudio.engine.observe import draw_batch
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from sslstudio.services.presets import load_presets
from tests.support.runs import small_recipe, small_session

# 56 training images, two classes, batches of 16 (tests/support/runs.py).
IMAGES, BATCH = 56, 16
CHANCE = {
    "rotation": math.log(4),
    "jigsaw": math.log(24),
    "relative-patch": math.log(8),
    "exemplar": math.log(IMAGES),
    "supervised": math.log(2),
    "npid": math.log(IMAGES),
    "deepcluster-v2": math.log(7),
    "sela": math.log(2),
}
"""Published values of a guess, by preset: one of so many answers."""
REACHED_OTHERWISE = {"explained", "accuracy", "inverted", "told", "usage", "cluster stability"}
"""Terms whose chance is that of a mean image, or an average over many images and clusters."""


def presets() -> list[str]:
    """Return one preset of every objective that prices images itself."""
    first: dict[str, str] = {}
    for preset in load_presets():
        kind = preset.recipe["objective"]["kind"]
        if kind not in ("joint-embedding", "fit"):
            first.setdefault(kind, preset.id)
    return sorted({*first.values(), *CHANCE})


def blind(session: Session) -> None:
    """Make a network that answers the same whatever it sees, and a memory that holds just that."""
    objective = session.parts.objective
    with torch.no_grad():
        for parameter in objective.parameters():
            parameter.zero_()
        for name, stored in objective.named_buffers():
            if name.endswith("vectors"):
                stored.zero_()


def last_term(name: str) -> str:
    return name.rpartition(": ")[2]


@pytest.mark.parametrize("preset", presets())
def test_a_network_that_sees_nothing_costs_what_is_declared(catalog, preset):
    session = small_session(catalog, small_recipe(catalog, preset))
    objective = session.parts.objective.train()
    session.advance()
    blind(session)
    generator = seeded("cpu", 1)
    rows = session.members[:BATCH]
    batch = draw_batch(session.parts, session.plan, session.plan.store.train[rows], rows, generator)
    (player, *others) = objective.players()
    found = objective.terms(batch, player.name)
    guessed = [
        anchor
        for anchor in objective.anchors()
        if anchor.kind in ("chance", "collapse") and last_term(anchor.term) not in REACHED_OTHERWISE
    ]
    # DeepCluster weighs images by their cluster's size: a mean of one over all images only.
    exact = 2e-2 if preset == "deepcluster" else 1e-4
    for anchor in guessed:
        cost = float(found[anchor.term].detach())
        assert cost == pytest.approx(anchor.value, rel=exact, abs=1e-5)
    if preset in CHANCE:
        assert [a.value for a in guessed if a.term == "loss"] == [pytest.approx(CHANCE[preset])]
    assert guessed or others or {a.kind for a in objective.anchors()} >= {"bound"}
