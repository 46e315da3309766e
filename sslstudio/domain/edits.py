"""Pure edits of a recipe by dotted path, validated against the catalogue's kinds."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ValidationError

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import SCHEMA_VERSION, Recipe
from sslstudio.domain.spec import Kinds, Spec


def parse_recipe(content: Any, kinds: Kinds) -> Recipe:
    """Return the recipe that JSON content describes; RecipeError says what is wrong with it."""
    if not isinstance(content, dict):
        raise RecipeError("This file is not a recipe.", "A recipe is a JSON object.")
    version = content.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RecipeError(
            f"This recipe was written by a newer sslstudio (schema {version}, this build reads "
            f"up to {SCHEMA_VERSION}).",
            "Update sslstudio to open it.",
        )
    try:
        return Recipe.model_validate(content, context={"kinds": kinds})
    except ValidationError as error:
        raise RecipeError(describe(error), "Correct the value and try again.") from error


def describe(error: ValidationError) -> str:
    """Return one plain sentence for the first complaint of a failed validation."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "recipe"
    given = first.get("input")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) else ""
    message = first["msg"][:1].lower() + first["msg"][1:]
    return f"{where}: {message}{shown}."


def value_at(recipe: BaseModel, path: str) -> Any:
    """Return the value at a dotted path such as `views.0.pipeline.1.probability`."""
    node: Any = recipe
    for name in path.split("."):
        node = _child(node, name, path)
    return node


def read_value(text: str) -> Any:
    """Return the value that a person wrote: JSON, or else the word itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def with_value(recipe: Recipe, path: str, value: Any, kinds: Kinds) -> Recipe:
    """Return the recipe with a field or a whole part replaced.

    A part may be named by its kind alone (`objective.target` = `momentum`). Raises RecipeError
    with the path for an unknown field, an unknown kind or a value out of range.
    """
    current = value_at(recipe, path)
    if isinstance(current, Spec) and isinstance(value, str):
        value = _part(current, path, value, kinds)
    tree = recipe.model_dump(mode="json")
    _put(tree, path.split("."), _plain(value))
    return parse_recipe(tree, kinds)


def _part(current: Spec, path: str, kind: str, kinds: Kinds) -> dict[str, Any]:
    known = kinds.get(current.family, {})
    if kind not in known:
        raise RecipeError(
            f"{path}: there is no {kind!r} among the {current.family}.",
            f"Choose one of: {', '.join(sorted(known))}.",
        )
    return {"kind": kind}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _child(node: Any, name: str, path: str) -> Any:
    if isinstance(node, tuple | list):
        if name.isdigit() and int(name) < len(node):
            return node[int(name)]
        raise RecipeError(f"{path}: there is no item {name}; it has {len(node)}.")
    if isinstance(node, BaseModel) and name in type(node).model_fields:
        return getattr(node, name)
    known = ", ".join(type(node).model_fields) if isinstance(node, BaseModel) else "nothing"
    raise RecipeError(f"{path}: there is no field {name!r}.", f"Here there are: {known}.")


def _put(tree: Any, names: list[str], value: Any) -> None:
    for name in names[:-1]:
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]
    if isinstance(tree, list):
        tree[int(names[-1])] = value
    else:
        tree[names[-1]] = value
