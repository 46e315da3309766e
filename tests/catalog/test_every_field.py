"""Every field that the window offers changes what is computed; every live one, while a run goes on.

Augmentations are tried in tests/catalog/augmentations/test_behaviour.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from sslstudio.domain.edits import parse_recipe, value_at, with_value
from sslstudio.domain.errors import StudioError
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.plan import Edit
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from tests.catalog.losses.clouds import context_of
from tests.catalog.objectives.tiny import TinyImages
from tests.catalog.wirings import CATALOG, ENTRIES, SLOTS, recipe_with
from tests.pictures import pictures
from tests.support.runs import small_session, small_store

STORE = small_store()
PICTURES = TinyImages(pictures(40, 24))


class Case(NamedTuple):
    """A field of an entry."""

    family: str
    kind: str
    field: FieldSchema

    @property
    def path(self) -> str:
        return f"{SLOTS[self.family]}.{self.field.name}"

    def __str__(self) -> str:
        return f"{self.family}-{self.kind}-{self.field.name}"


CASES = [
    Case(family, kind, field)
    for family, kind in ENTRIES
    for field in schema_of(CATALOG.entries(family)[kind].spec)
    if not (field.is_part or field.is_pipeline or field.type is str)
]
MEMORY = {"objective.target": "queue"}
NEEDS: dict[str, dict[str, Any]] = {
    "batch_negatives": MEMORY,
    "targets-queue-norm_groups": {"training.batch_size": 32},
    "losses-dino-warmup": {"first_teacher_temperature": 0.02, "teacher_temperature": 0.08},
    "losses-swav-queue": {"queue_from": 0.0, "queue": 8, "prototypes": 4},
    "losses-swav-queue_from": {"queue": 8, "prototypes": 4},
    "objectives-cmc-negatives": {"estimator": "nce", "negatives": 32},
    "objectives-npid-negatives": {"estimator": "nce", "negatives": 32},
    "objectives-deepcluster-iterations": {"clusters": 5, "components": 12},
    "objectives-joint-embedding-constant_predictor_rate": {"objective.predictor": "mlp"},
}
"""What other fields must say for a field to matter."""
SMALL = {"side": 12}
SHOWN = {"objectives-colorization-temperature"}
"""What changes the pictures that are shown, and no step."""


def others(field: FieldSchema, now: Any) -> Iterator[Any]:
    """Yield values that are not the present one, the nearest and cheapest first."""
    if field.type is bool:
        yield not now
    elif field.choices:
        yield from (choice for choice in field.choices if choice != now)
    else:
        low, high = field.range.low, field.range.high
        start = min(high, 8 * max(low, 1)) if now is None else now
        near = (start / 2, start * 2, low, min(high, low * 2), (low + high) / 2)
        fitting = dict.fromkeys(field.type(min(high, max(low, value))) for value in near)
        yield from (value for value in fitting if value != now)


def same(first: list[Tensor], second: list[Tensor]) -> bool:
    shapes = [[value.shape for value in values] for values in (first, second)]
    return shapes[0] == shapes[1] and all(map(torch.equal, first, second))


def wiring(case: Case) -> Recipe:
    recipe = with_value(
        recipe_with(case.family, case.kind), "training.batch_size", 8, CATALOG.kinds
    )
    needed = NEEDS.get(str(case), NEEDS.get(case.field.name, {}))
    for name, value in needed.items():
        path = name if "." in name else f"{SLOTS[case.family]}.{name}"
        recipe = with_value(recipe, path, value, CATALOG.kinds)
    return recipe


@cache
def computed(content: str, steps: int) -> list[Tensor]:
    """Return everything that steps of a recipe leave behind."""
    recipe = parse_recipe(json.loads(content), CATALOG.kinds)
    session = small_session(CATALOG, recipe, STORE)
    session.parts.objective.train()
    found = [*stepped(session, steps), *session.parts.objective.state_dict().values()]
    rows = session.members[:4]
    batch = draw_batch(session.parts, session.plan, rows, rows, seeded("cpu", 0))
    with torch.no_grad():
        return [*found, *session.parts.objective.eval().exhibit(batch).values()]


def stepped(session: Session, steps: int) -> list[Tensor]:
    return [value.clone() for _ in range(steps) for value in session.advance().values()]


def left_behind(session: Session, steps: int) -> list[Tensor]:
    return [*stepped(session, steps), *session.parts.objective.state_dict().values()]


def moves(case: Case, recipe: Recipe, value: Any, steps: int) -> bool:
    """Return whether a value changes what the recipe computes; False if it is refused."""
    plain = computed(recipe.model_dump_json(), steps)
    try:
        other = with_value(recipe, case.path, value, CATALOG.kinds)
        return not same(computed(other.model_dump_json(), steps), plain)
    except StudioError:
        return False


@pytest.mark.parametrize("case", [c for c in CASES if c.family != "encoders"], ids=str)
def test_it_changes_what_a_run_computes(case):
    recipe = wiring(case)
    now = value_at(recipe, case.path)
    # What ends or warms up with the budget shows after a few steps only.
    assert any(moves(case, recipe, v, steps) for steps in (1, 4) for v in others(case.field, now))


def embedded(kind: str, fields: dict[str, Any]) -> list[Tensor]:
    """Return what an encoder gives of a few pictures, after it learned without gradients."""
    entry = CATALOG.entries("encoders")[kind]
    spec = entry.spec.model_validate(fields, context={"kinds": CATALOG.kinds})
    torch.manual_seed(0)
    context = replace(context_of(8), builder=CATALOG.build, size=24, view_size=24)
    encoder = entry.build(spec, context).eval()
    encoder.fit(PICTURES)
    with torch.no_grad():
        return [encoder(PICTURES.normalised(PICTURES.pixels[:4]))]


@pytest.mark.parametrize("case", [c for c in CASES if c.family == "encoders"], ids=str)
def test_it_changes_what_an_encoder_gives(case):
    spec = CATALOG.entries("encoders")[case.kind].spec
    fields = SMALL if "side" in spec.model_fields else {}
    plain = embedded(case.kind, fields)
    now = fields.get(case.field.name, case.field.default)
    assert any(
        not same(embedded(case.kind, {**fields, case.field.name: value}), plain)
        for value in others(case.field, now)
    )


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.field.ui.live and str(c) not in SHOWN], ids=str
)
def test_a_live_field_acts_from_the_next_step_on(case):
    recipe = wiring(case)
    value = next(others(case.field, value_at(recipe, case.path)))
    edited, left = (small_session(CATALOG, recipe, STORE) for _ in range(2))
    for session in (edited, left):
        session.parts.objective.train()
        session.advance()
    edited.apply(Edit(case.path, value))
    # A centre or an average may move by less than a loss in float32 tells.
    assert not same(left_behind(edited, 2), left_behind(left, 2))
