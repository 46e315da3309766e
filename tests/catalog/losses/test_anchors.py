"""The values that losses declare, against formulas written here and against what they really cost.

A collapsed run is told by these numbers: ln(2N - 1) for NT-Xent, ln(K + 1) for MoCo, ln K for SwAV
and DINO, 24.75 for VICReg, the margin for triplets. A loss below its bound has a bug.
"""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslstudio.catalog import losses
from sslstudio.catalog.entry import collect
from sslstudio.engine.joint import PairLoss
from tests.catalog.losses.clouds import constant_views, context_of, random_views, terms, value

ENTRIES = collect(losses)
N, D, K, T = 6, 5, 7, 0.2


def built(kind: str, dim: int = D, **fields) -> PairLoss:
    torch.manual_seed(0)
    if kind == "swav":
        fields["prototypes"] = 3
    loss = ENTRIES[kind].build(ENTRIES[kind].spec(**fields), context_of(dim, batch=N))
    if kind == "swav":
        # Prototypes that are all alike: every one fits every image.
        loss.prototypes.data.copy_(torch.ones_like(loss.prototypes) / math.sqrt(dim))
    return loss


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def sliced_normality() -> float:
    """Return N times the weighted distance of 1 from exp(-t^2 / 2), by the paper's 17 points."""
    ts = [3.0 * step / 16 for step in range(17)]
    inside = [(1.0 - math.exp(-t * t / 2)) ** 2 * math.exp(-t * t / 2) for t in ts]
    return N * 2.0 * 3.0 / 16 * (sum(inside) - (inside[0] + inside[-1]) / 2)


ALIKE = {
    "barlow-twins": D,
    "byol-regression": 0.0,
    "dcl": math.log(2 * N - 2),
    "dino": math.log(D),
    "logistic": softplus(1 / T) + softplus(-1 / T),
    "margin": 1.25**2 / 2,
    "nce": math.log(2 * N - 1) + (2 * N - 2) * math.log1p(1 / (2 * N - 2)),
    "negative-cosine": -1.0,
    "nt-xent": math.log(2 * N - 1),
    "sigreg": 0.05 * sliced_normality(),
    "swav": math.log(3),
    "tcr": -0.5 * math.log1p(D / 0.2),
    "triplet": 0.5,
    "vicreg": 25 * (1 - math.sqrt(1e-4)),
    "w-mse": 2.0,
}
"""What embeddings that are all alike cost, two views of six images in five dimensions."""


def alike(kind: str) -> tuple[torch.Tensor, ...]:
    """Return embeddings that are all the same, at the place where that costs least."""
    if kind == "sigreg":
        return (torch.zeros(N, D),) * 2
    return (torch.ones(N, D),) * 2 if kind == "dino" else constant_views(2, N, D)


def test_the_table_holds_every_loss():
    assert set(ALIKE) == set(ENTRIES)


@pytest.mark.parametrize("kind", sorted(ALIKE))
def test_embeddings_that_are_all_alike_cost_what_is_declared_and_what_the_formula_says(kind):
    loss = built(kind)
    declared = [
        anchor.value
        for anchor in loss.anchors(N, 2, D)
        if anchor.term == "loss" and (anchor.kind == "collapse" or kind == "dino")
    ]
    assert declared == [pytest.approx(ALIKE[kind], rel=1e-5, abs=1e-6)]
    assert value(loss, alike(kind)) == pytest.approx(ALIKE[kind], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nt-xent", math.log(K + 1)),
        ("dcl", math.log(K)),
        ("nce", math.log(K + 1) + K * math.log1p(1 / K)),
        ("triplet", 0.5),
    ],
)
def test_with_stored_negatives_alone_their_number_decides(kind, expected):
    loss = built(kind, batch_negatives=False)
    memory = constant_views(1, K, D)[0]
    declared = [a.value for a in loss.anchors(N, 2, D, stored=K) if a.kind == "collapse"]
    assert declared == [pytest.approx(expected)]
    assert value(loss, alike(kind), None, memory) == pytest.approx(expected, rel=1e-5)


def bounds(loss: PairLoss, images: int, views: int, dim: int, stored: int):
    return [a for a in loss.anchors(images, views, dim, stored=stored) if a.kind == "bound"]


def passed(found: dict[str, torch.Tensor], bound) -> bool:
    """Return whether a term lies beyond its bound: below for the loss, above for all others."""
    reached = float(found[bound.term].detach())
    slack = 1e-4 * max(1.0, abs(bound.value))
    beyond = bound.value - reached if bound.term == "loss" else reached - bound.value
    return beyond > slack


@pytest.mark.parametrize("kind", sorted(ALIKE))
@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    views=st.integers(2, 4),
    images=st.integers(2, 9),
    dim=st.integers(2, 8),
    stored=st.integers(0, 6),
    spread=st.sampled_from([1e-3, 1.0, 30.0]),
    agreement=st.sampled_from([0.0, 0.9, 1.0]),
)
def test_no_embeddings_pass_a_bound(kind, seed, views, images, dim, stored, spread, agreement):
    loss = built(kind, dim)
    clouds = random_views(views, images, dim, seed=seed)
    embedded = [spread * (agreement * clouds[0] + (1 - agreement) * cloud) for cloud in clouds]
    memory = torch.nn.functional.normalize(random_views(1, stored, dim, seed=seed + 1)[0])
    found = terms(loss, embedded, None, memory if stored else None)
    for bound in bounds(loss, images, views, dim, stored):
        assert not passed(found, bound)


@pytest.mark.parametrize("kind", sorted(ALIKE))
def test_descent_comes_near_a_bound_at_best(kind):
    loss = built(kind)
    views = [view.requires_grad_() for view in random_views(2, N, D)]
    declared = bounds(loss, N, 2, D, 0)
    optimizer = torch.optim.Adam(views, lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        found = terms(loss, views)
        found["loss"].backward()
        optimizer.step()
        assert not any(passed(found, bound) for bound in declared)
