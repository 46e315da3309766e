"""Operations whose one draw is divided among views, such as two neighbouring crops."""

from __future__ import annotations

from collections.abc import Iterator

from sslstudio.domain.fields import schema_of
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import AugmentationSpec


def divided_draw_problems(recipe: Recipe) -> Iterator[Problem]:
    """Yield views that show no other part of the draw that they should divide."""
    for index, view in enumerate(recipe.views):
        for position, part in enumerate(view.pipeline):
            if not part.divides:
                continue
            found = _first(recipe, part) if index == 0 else _later(recipe, index, part)
            if found is not None:
                text, fix = found
                yield Problem(f"views.{index}.pipeline.{position}", "warning", text, fix)


def same_but_for_part(first: AugmentationSpec, second: AugmentationSpec) -> bool:
    """Return whether two operations have the same settings, apart from the part they show."""
    return first.model_dump(exclude={first.divides}) == second.model_dump(exclude={second.divides})


def with_settings_of(model: AugmentationSpec, part: AugmentationSpec) -> AugmentationSpec:
    """Return `model` with the part of the draw that `part` shows."""
    kept = {part.divides: getattr(part, part.divides)} if part.divides else {}
    return model.model_copy(update=kept)


def _first(recipe: Recipe, part: AugmentationSpec) -> tuple[str, Fix | None] | None:
    copies, kind = recipe.views[0].copies, part.kind
    if not any(_of_kind(view, kind) for view in recipe.views[1:]):
        fix = Fix("Let a second view show it", _divided(recipe, part)) if copies > 1 else None
        return f"No view shows the other part of what {kind} draws here.", fix
    if copies > 1:
        fix = Fix("Draw this view once", (("views.0.copies", 1),))
        return f"Of {copies} views, only the first divides the draw of {kind} with others.", fix
    return None


def _later(recipe: Recipe, index: int, part: AugmentationSpec) -> tuple[str, Fix | None] | None:
    view, path, kind = recipe.views[index], f"views.{index}", part.kind
    theirs = _of_kind(recipe.views[0], kind)
    if theirs is None:
        return f"The first view has no {kind} whose draw could be divided with this one.", None
    pipeline = tuple(_other(theirs) if own is part else own for own in view.pipeline)
    edits = ((f"{path}.pipeline", pipeline),)
    if kind not in view.shares:
        shared = (f"{path}.shares", (*view.shares, kind))
        text = (
            f"{kind} draws anew in this view: what it shows does not belong to what the first "
            "view shows."
        )
        return text, Fix("Share the first view's draw", (shared, *edits))
    if _shown(theirs) == _shown(part):
        return f"{kind} shows the same part here as in the first view.", Fix("Show another", edits)
    return None


def _divided(recipe: Recipe, part: AugmentationSpec) -> tuple[tuple[str, tuple[ViewSpec, ...]]]:
    """Return the edit that gives all but the first of its views another part of one draw."""
    both = recipe.views[0]
    pipeline = tuple(_other(part) if own is part else own for own in both.pipeline)
    shares = (*(kind for kind in both.shares if kind != part.kind), part.kind)
    second = {"copies": both.copies - 1, "name": "B", "shares": shares, "pipeline": pipeline}
    first = both.model_copy(update={"copies": 1, "shares": ()})
    views = (first, both.model_copy(update=second), *recipe.views[1:])
    return (("views", views),)


def _of_kind(view: ViewSpec, kind: str) -> AugmentationSpec | None:
    return next((part for part in view.pipeline if part.kind == kind), None)


def _shown(part: AugmentationSpec) -> object:
    return getattr(part, part.divides)


def _other(part: AugmentationSpec) -> AugmentationSpec:
    """Return the operation with another part of its draw."""
    field = next(field for field in schema_of(type(part)) if field.name == part.divides)
    other = next(choice for choice in field.choices if choice != _shown(part))
    return part.model_copy(update={part.divides: other})
