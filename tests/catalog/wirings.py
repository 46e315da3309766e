"""A small recipe for every entry of the catalogue, in which it stands where it belongs."""

from __future__ import annotations

from functools import cache

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe
from sslstudio.services.presets import load_presets
from tests.support.runs import small_recipe

CATALOG = load_catalog()
SLOTS = {
    "encoders": "encoder",
    "heads": "objective.projector",
    "targets": "objective.target",
    "similarities": "objective.similarity",
    "losses": "objective.loss",
    "objectives": "objective",
    "optimizers": "optimizer",
}
"""Where an entry of a family stands in a recipe."""
ENTRIES = [(family, kind) for family in SLOTS for kind in CATALOG.entries(family)]


@cache
def small_presets() -> dict[str, Recipe]:
    """Return every preset that trains on single pictures, made small."""
    return {
        preset.id: small_recipe(CATALOG, preset.id)
        for preset in load_presets()
        if not any(view.get("frames") for view in preset.recipe["views"])
    }


def recipe_with(family: str, kind: str) -> Recipe:
    """Return the preset that an entry is known from, or SimCLR with the entry in its place."""
    slot = SLOTS[family]
    for recipe in small_presets().values():
        usual = recipe.objective.trainable or family in ("encoders", "objectives")
        if usual and kind_at(recipe, slot) == kind:
            return recipe
    part = {"kind": kind, **({"depth": 1} if kind == "vit" else {})}
    batch = 4 if family == "encoders" else 16
    changes = {slot.replace(".", "__"): part, "training__batch_size": batch}
    return small_recipe(CATALOG, "simclr", **changes)


def kind_at(recipe: Recipe, path: str) -> str:
    """Return the kind of the part at a path, nothing where none stands."""
    try:
        return str(getattr(value_at(recipe, path), "kind", ""))
    except RecipeError:
        return ""
