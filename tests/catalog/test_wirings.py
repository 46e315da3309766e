"""Whatever passes `check` takes a finite step; whatever cannot is refused there, with the remedy.

Parts of joint embedding are put together by hand in every way that matters to one of them: each
target with each loss, number of views and kind of head; each similarity with each loss that
compares by it.
"""

from __future__ import annotations

import math
from itertools import cycle, product
from typing import Any, NamedTuple

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import parse_recipe, with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Recipe
from sslstudio.services.checking import full_check
from tests.catalog.wirings import CATALOG, recipe_with
from tests.support.runs import small_recipe, small_session, small_store

STORE = small_store()
FACTS = DataFacts(
    train_images=len(STORE.train), channels=3, labelled=len(STORE.train), in_sequences=0
)
PLAIN = small_recipe(
    CATALOG, encoder={"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1}
).model_dump(mode="json")
VIEW = {**PLAIN["views"][0], "copies": 1}
LOCAL = {**VIEW, "name": "local", "local": True, "copies": 2, "size": None}
VIEWS: dict[str, list[dict[str, Any]]] = {
    "one view": [VIEW],
    "two views": [{**VIEW, "copies": 2}],
    "one global, two local": [VIEW, LOCAL],
    "two global, two local": [{**VIEW, "copies": 2}, LOCAL],
    "local ones alone": [LOCAL],
}
HEADS = cycle(product(("mlp", "dino", "none"), repeat=2))


class Parts(NamedTuple):
    """What is put together."""

    target: str
    loss: str
    similarity: str
    views: str
    projector: str
    predictor: str


def put_together() -> list[Parts]:
    kinds = {family: list(CATALOG.entries(family)) for family in ("targets", "losses")}
    similarities = list(CATALOG.entries("similarities"))
    by_views = [
        Parts(target, loss, "cosine", views, *next(HEADS))
        for target, loss, views in product(kinds["targets"], kinds["losses"], VIEWS)
    ]
    by_similarity = [
        Parts(target, loss, similarity, "two views", *next(HEADS))
        for target, loss, similarity in product(kinds["targets"], kinds["losses"], similarities)
        if CATALOG.entries("losses")[loss].spec.uses_similarity and similarity != "cosine"
    ]
    return [*by_views, *by_similarity]


def recipe_of(parts: Parts) -> Recipe:
    objective = {
        "kind": "joint-embedding",
        **{name: {"kind": getattr(parts, name)} for name in ("target", "loss", "similarity")},
        **{name: {"kind": getattr(parts, name)} for name in ("projector", "predictor")},
    }
    if parts.projector == "mlp":
        # Few enough for whitening, which needs more images than dimensions.
        objective["projector"] |= {"output": 6, "hidden": 16}
    content = {**PLAIN, "objective": objective, "views": VIEWS[parts.views]}
    return parse_recipe(content, CATALOG.kinds)


WIRINGS = put_together()


@pytest.mark.parametrize("target", list(CATALOG.entries("targets")))
@pytest.mark.parametrize("loss", list(CATALOG.entries("losses")))
def test_it_is_refused_with_a_remedy_or_takes_a_finite_step(target, loss):
    outcomes = [tried(parts) for parts in WIRINGS if (parts.target, parts.loss) == (target, loss)]
    assert {"refused", "stepped"} == set(outcomes)


def tried(parts: Parts) -> str:
    recipe = recipe_of(parts)
    errors = [p for p in check(recipe, FACTS) if p.severity == "error"]
    if errors:
        assert all(error.fix is not None and error.text.endswith(".") for error in errors), parts
        return "refused"
    step(recipe)
    return "stepped"


def step(recipe: Recipe) -> None:
    """Take one step; its terms are finite, named by the anchors, and not below their bounds."""
    session = small_session(CATALOG, recipe, STORE)
    session.parts.objective.train()
    terms = {name: float(value) for name, value in session.advance().items()}
    assert all(map(math.isfinite, terms.values()))
    for anchor in session.parts.objective.anchors():
        assert anchor.term in terms
        slack = 1e-4 * max(1.0, abs(anchor.value))
        if anchor.kind == "bound" and anchor.term == "loss":
            assert terms["loss"] >= anchor.value - slack
    weights = session.parts.objective.parameters()
    assert all(bool(weight.isfinite().all()) for weight in weights)


TASKS = {
    kind: recipe_with("objectives", kind)
    for kind in CATALOG.entries("objectives")
    if kind not in ("joint-embedding", "fit")
}
TRAINABLE = [kind for kind, entry in CATALOG.entries("encoders").items() if entry.spec.trainable]
CHEAP = {"vit": {"depth": 1}, "convnet": {"width": 8}, "receptive-field-limited": {"width": 16}}
"""A fifth of all pairs of a task and an encoder, each of both often enough."""
PAIRS = [
    (task, TRAINABLE[number % len(TRAINABLE)])
    for place, task in enumerate(TASKS)
    for number in range(place, place + 2)
]


@pytest.mark.parametrize(("task", "encoder"), PAIRS)
def test_a_task_takes_an_encoder_or_says_why_not(task, encoder):
    recipe = TASKS[task]
    for path, value in {
        "encoder": {"kind": encoder, **CHEAP.get(encoder, {})},
        "training.batch_size": 4,
    }.items():
        recipe = with_value(recipe, path, value, CATALOG.kinds)
    errors = [p for p in full_check(recipe, CATALOG, FACTS) if p.severity == "error"]
    assert all(error.text.endswith(".") for error in errors)
    if not errors:
        step(recipe)
