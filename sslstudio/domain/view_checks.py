"""What views ask of each other and of the encoder: shared draws, and numbers of channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sslstudio.domain.divided_draws import (
    divided_draw_problems,
    same_but_for_part,
    with_settings_of,
)
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import AugmentationSpec

WORTH_KEEPING: Final = ("color-jitter", "rotation", "quarter-turn")
"""Operations whose effect tells most about an image: its colours, and which way is up."""


def view_problems(recipe: Recipe) -> Iterator[Problem]:
    """Yield draws that cannot be shared, and channels that do not fit."""
    for index, view in enumerate(recipe.views):
        if index == 0 and view.shares and view.copies == 1:
            yield Problem(
                "views.0.shares",
                "error",
                "The first view is the one that others take draws from; it has none to share with.",
                Fix("Let it draw for itself", (("views.0.shares", ()),)),
            )
            continue
        for kind in view.shares:
            yield from _shared(recipe, index, kind)
    yield from divided_draw_problems(recipe)
    if recipe.objective.leaves_out:
        yield from _left_out(recipe)
    yield from _channels(recipe)


def _left_out(recipe: Recipe) -> Iterator[Problem]:
    others = [view.shares for view in recipe.views for _ in range(view.copies)][1:]
    if others and () not in others:
        copies = max(2, recipe.views[0].copies)
        yield Problem(
            "views",
            "error",
            "Every view shares draws with the first one: the space without any augmentation "
            "needs a view that shares none.",
            Fix("Draw one that shares none", (("views.0.copies", copies), ("views.0.shares", ()))),
        )
    if others and not any(others):
        yield Problem(
            "views",
            "error",
            "No view shares a draw with the first one: there is no augmentation whose effect a "
            "space of its own could keep.",
            _sharing(recipe),
        )


def _sharing(recipe: Recipe) -> Fix | None:
    """Return the remedy of one more view that shares the first view's best known operation."""
    first = recipe.views[0]
    own = [part.kind for part in first.pipeline if not (part.after_normalise or part.converts)]
    kind = next((kind for kind in (*WORTH_KEEPING, *own) if kind in own), None)
    if kind is None:
        return None
    added = first.model_copy(update={"name": f"same {kind}", "copies": 1, "shares": (kind,)})
    return Fix(f"Add a view with the same {kind}", (("views", (*recipe.views, added)),))


def _shared(recipe: Recipe, index: int, kind: str) -> Iterator[Problem]:
    view = recipe.views[index]
    theirs, own = _of_kind(recipe.views[0], kind), _of_kind(view, kind)
    path = f"views.{index}.shares"
    if len(own) == 0 or len(own) > len(theirs):
        rest = tuple(other for other in view.shares if other != kind)
        where = "this view" if len(own) == 0 else "the first view"
        yield Problem(
            path,
            "error",
            f"The draws of {kind!r} cannot be shared: there is no such operation in {where}.",
            Fix(f"Let {kind} draw for itself", ((path, rest),)),
        )
    elif not all(map(same_but_for_part, theirs, own)):
        like = iter(theirs)
        pipeline = tuple(
            with_settings_of(next(like), part) if part.kind == kind else part
            for part in view.pipeline
        )
        yield Problem(
            path,
            "warning",
            f"The draws of {kind!r} are shared, but its settings differ from the first view's: "
            "the same draw then means something else.",
            Fix("Take the first view's settings", ((f"views.{index}.pipeline", pipeline),)),
        )


def _of_kind(view: ViewSpec, kind: str) -> list[AugmentationSpec]:
    return [part for part in view.pipeline if part.kind == kind]


def _channels(recipe: Recipe) -> Iterator[Problem]:
    if recipe.objective.asks_channels:
        yield from _asked(recipe)
        return
    read = 3 if recipe.data.channels == "rgb" else 1
    converted = False
    for index, view in enumerate(recipe.views):
        path = f"views.{index}.pipeline"
        for position, part in enumerate(view.pipeline):
            if not part.converts:
                continue
            converted = True
            rest = (*view.pipeline[:position], *view.pipeline[position + 1 :])
            fix = Fix(f"Take {part.kind} out", ((path, rest),))
            if not recipe.objective.any_channels:
                yield Problem(
                    f"{path}.{position}",
                    "error",
                    f"This objective shows images in their own colours, which {part.kind} changes.",
                    fix,
                )
            elif part.needs_colour and read == 1:
                yield Problem(
                    f"{path}.{position}",
                    "error",
                    f"The images are read in grey: {part.kind} would leave nothing of them.",
                    fix,
                )
    counts = [view.channels_of(read) for view in recipe.views]
    if converted and recipe.objective.any_channels and len(set(counts)) > 1:
        odd = next(index for index, count in enumerate(counts) if count != counts[0])
        yield Problem(
            f"views.{odd}.pipeline",
            "error",
            f"The views have {counts[0]} and {counts[odd]} channels, but one encoder reads both.",
        )


def _asked(recipe: Recipe) -> Iterator[Problem]:
    asked = recipe.objective.asks_channels
    read = 3 if recipe.data.channels == "rgb" else 1
    found = [view.channels_of(read) for view in recipe.views for _ in range(view.copies)]
    if tuple(found) != asked:
        wanted, given = (" and ".join(map(str, counts)) for counts in (asked, found))
        yield Problem(
            "views",
            "error",
            f"This objective needs views of {wanted} channels and gets {given}. "
            "Lightness leaves one channel, chroma two.",
        )
    for index, view in enumerate(recipe.views[1:], start=1):
        rest = tuple(part for part in view.pipeline if not part.normalises)
        if rest != view.pipeline:
            path = f"views.{index}.pipeline"
            yield Problem(
                path,
                "error",
                "This view is the answer and is never read: it must not be normalised.",
                Fix("Take the normalisation out", ((path, rest),)),
            )
