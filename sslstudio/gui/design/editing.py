"""What the inspector asks for, as edits of the document; no widgets here."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from sslstudio.domain.edits import value_at, with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import schema_of
from sslstudio.domain.moves import placed, switched
from sslstudio.domain.problems import Fix
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import ObjectiveSpec, Spec
from sslstudio.gui.design.source import Choices, DesignSource


def with_part(recipe: Recipe, path: str, part: object) -> Recipe:
    """Return the recipe with a part replaced; the empty path is the recipe itself."""
    if not path and isinstance(part, Recipe):
        return part
    return placed(recipe, path, part)


def edit_words(part: BaseModel, path: str, field: str) -> str:
    """Return the words under which an edit of a field can be undone."""
    labels = {known.name: known.ui.label for known in schema_of(type(part))}
    where = path.rpartition(".")[2]
    if isinstance(part, Spec) and (not where or where.isdigit()):
        where = part.kind.replace("-", " ")
    label = labels.get(field, field)
    return f"{label} of {where.replace('_', ' ')}" if where else label


def with_kind(
    recipe: Recipe, path: str, kind: str, choices: Choices, source: DesignSource
) -> tuple[Recipe, str]:
    """Return the recipe with a part of another kind, and the words for the edit."""
    current = value_at(recipe, path)
    entry = choices.entries(current.family).get(kind)
    if entry is None:
        raise RecipeError(f"This build has no {kind!r} among the {current.family}.")
    spare: Mapping[str, Spec] = {}
    if issubclass(entry.spec, ObjectiveSpec):
        spare = _spare_parts(recipe, entry.spec, source)
    chosen = switched(current, entry.spec, spare)
    return placed(recipe, path, chosen), f"Use {entry.title}"


def mended(recipe: Recipe, fix: Fix, choices: Choices) -> Recipe:
    """Return the recipe with a problem's remedy applied."""
    for path, value in fix.edits:
        recipe = with_value(recipe, path, value, choices.kinds)
    return recipe


def exists(recipe: Recipe, path: str) -> bool:
    """Return whether there is something at a path; the empty one is the recipe itself."""
    if not path:
        return True
    try:
        value_at(recipe, path)
    except RecipeError:
        return False
    return True


def same_kind_at(old: Recipe, new: Recipe, path: str) -> bool:
    """Return whether what was chosen is still there, so that it can stay chosen."""
    if not path or not (exists(old, path) and exists(new, path)):
        return not path
    before, after = value_at(old, path), value_at(new, path)
    if isinstance(before, Spec) and path.rpartition(".")[2].isdigit():
        return isinstance(after, Spec) and after.kind == before.kind
    return True


def _spare_parts(
    recipe: Recipe, objective: type[ObjectiveSpec], source: DesignSource
) -> Mapping[str, Spec]:
    """Return parts that a task needs, taken from the first preset that has this task."""
    required = [name for name, field in objective.model_fields.items() if field.is_required()]
    if not required:
        return {}
    for preset in source.presets():
        model = source.recipe_for(preset.id, recipe).objective
        if isinstance(model, objective):
            return {name: getattr(model, name) for name in required}
    raise RecipeError(
        "This task needs parts that no preset of this build has.",
        "Open a recipe file that has this task.",
    )
