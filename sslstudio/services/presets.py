"""Preset recipes: read from resources and adapted to the device and the images at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.edits import parse_recipe, with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.domain.sweep import Axis, Factor
from sslstudio.services.batch_fit import with_fitting_batch
from sslstudio.services.files import write_text
from sslstudio.services.places import resources


class Adaptation(BaseModel):
    """Changes that suit a device and an image size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Literal["cpu", "cuda", "mps", "any"] = "any"
    max_size: int | None = None
    source: str | None = None
    """Applies to this built-in data set only."""
    changes: dict[str, Any]


class SuggestedSweep(BaseModel):
    """What a method is best tried at several values of: fields, and what they are multiplied by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    paths: tuple[str, ...]
    factors: tuple[float, ...]

    def axis(self) -> Axis:
        """Return it as an axis of a sweep."""
        return Axis(paths=self.paths, values=tuple(map(Factor, self.factors)), label=self.label)


class Preset(BaseModel):
    """A named recipe with what a person should know about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    family: str
    citation: str
    explanation: str
    equation: str
    expect: str
    recipe: dict[str, Any]
    """A recipe; without `monitors` it gets the usual ones."""
    adapt: tuple[Adaptation, ...] = ()
    sweep: SuggestedSweep | None = None

    @field_validator("adapt", mode="before")
    @classmethod
    def _with_named(cls, value: Any) -> Any:
        """Put the adaptations in the place of the names that stand for them."""
        named = shared_adaptations()
        return [named[item] if isinstance(item, str) else item for item in value]

    def recipe_for(
        self, catalog: Catalog, data: DataSpec, device: str, facts: DataFacts | None = None
    ) -> Recipe:
        """Return the recipe as it should run on this device with these images.

        What is known of the images, once they are open, decides whether the batch is too large.
        """
        content = {**self.recipe, "preset": self.id, "data": data.model_dump(mode="json")}
        content.setdefault("name", self.title)
        recipe = parse_recipe(content, catalog.kinds)
        if "monitors" not in content:
            recipe = with_value(recipe, "monitors", usual_monitors(recipe), catalog.kinds)
        for adaptation in self.adapt:
            if _applies(adaptation, data, device):
                for path, value in adaptation.changes.items():
                    recipe = with_value(recipe, path, value, catalog.kinds)
        return recipe if facts is None else with_fitting_batch(recipe, facts, catalog.kinds)


def usual_monitors(recipe: Recipe) -> list[dict[str, str]]:
    """Return the monitors of a preset that names none."""
    pairs = ["alignment-uniformity"] if recipe.view_count() > 1 else []
    samples = ["sample-rank"] if recipe.objective.paints_from_noise else []
    kinds = ["feature-spread", "effective-rank", *samples, *pairs, "spectrum", "knn"]
    return [{"kind": kind} for kind in kinds]


@cache
def shared_adaptations() -> Mapping[str, Any]:
    """Return the adaptations that many presets have in common, by name."""
    content: dict[str, Any] = json.loads((resources() / "adaptations.json").read_bytes())
    return MappingProxyType(content)


def load_presets() -> tuple[Preset, ...]:
    """Return all presets that come with the product, by family and title."""
    files = sorted((resources() / "recipes").glob("*.json"))
    presets = (Preset.model_validate_json(file.read_bytes()) for file in files)
    return tuple(sorted(presets, key=lambda preset: (preset.family, preset.title)))


def find_recipe(
    name: str,
    catalog: Catalog,
    data: DataSpec | None,
    device: str,
    facts: DataFacts | None = None,
) -> Recipe:
    """Return the recipe for a preset's id or a recipe file's path; `data` replaces its images.

    `facts` of open images fit a preset to their number; a recipe file is taken as it is.
    """
    presets = {preset.id: preset for preset in load_presets()}
    if name in presets:
        return presets[name].recipe_for(catalog, data or DataSpec(), device, facts)
    if name.endswith(".json") or Path(name).exists():
        recipe = read_recipe(Path(name), catalog)
        return recipe if data is None else recipe.model_copy(update={"data": data})
    raise RecipeError(
        f"There is no preset and no recipe file called {name!r}.",
        f"Presets: {', '.join(sorted(presets))}.",
    )


def suggested_axis(recipe: Recipe) -> Axis | None:
    """Return what the recipe's preset suggests to vary; None if it suggests nothing."""
    found = [preset.sweep for preset in load_presets() if preset.id == recipe.preset]
    return found[0].axis() if found and found[0] is not None else None


def read_recipe(file: Path, catalog: Catalog) -> Recipe:
    """Return the recipe in a file; RecipeError says what is wrong with it."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(
            f"{file}: this recipe file cannot be opened.", "Check the path."
        ) from error
    except ValueError as error:
        raise RecipeError(
            f"{file}: this is not a recipe file (it is not valid JSON: {error}).",
            "Save a preset with `sslstudio recipes simclr --save FILE` to see the format.",
        ) from error
    try:
        return parse_recipe(content, catalog.kinds)
    except RecipeError as error:
        raise RecipeError(f"{file}: {error.message}", error.hint) from error


def write_recipe(recipe: Recipe, file: Path) -> None:
    """Write a recipe as readable JSON."""
    text = json.dumps(recipe.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_text(file, text + "\n")


def _applies(adaptation: Adaptation, data: DataSpec, device: str) -> bool:
    kind = device.partition(":")[0]
    return (
        adaptation.device in ("any", kind)
        and (adaptation.max_size is None or data.size <= adaptation.max_size)
        and (adaptation.source is None or data.source == adaptation.source)
    )
