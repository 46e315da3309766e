"""Which piece of the canvas a problem belongs to, and what a piece says in its tooltip; no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from sslstudio.domain.edits import value_at
from sslstudio.domain.problems import Problem, Severity
from sslstudio.domain.recipe import Recipe, Representation, ViewSpec
from sslstudio.domain.spec import Spec
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.words import details, family_of, summary_of, title_of

VIEWS = "views"


def home_of(path: str, places: Iterable[str]) -> str:
    """Return the place whose path is the longest beginning of a problem's path; empty if none."""
    inside = [place for place in places if place and _within(path, place)]
    return max(inside, key=len, default="")


def severities(places: Iterable[str], problems: Iterable[Problem]) -> Mapping[str, Severity]:
    """Return the gravest problem of each place on the canvas; a view has those of its pills.

    What is wrong with the views as a whole is wrong with each of them.
    """
    known, listed = set(places) - {""}, list(problems)
    found: dict[str, Severity] = {}
    for place in known:
        inside = [problem.severity for problem in listed if _concerns(problem.path, place)]
        if inside:
            found[place] = "error" if "error" in inside else "warning"
    return found


def tooltip(recipe: Recipe, path: str, problems: Iterable[Problem], choices: Choices) -> str:
    """Return what the part at a path is, its settings, and what is wrong with it."""
    wrong = [
        f"{problem.severity.capitalize()}: {problem.text}"
        for problem in problems
        if _concerns(problem.path, path)
    ]
    return "\n".join([*_about(value_at(recipe, path), choices), *wrong])


def _about(part: object, choices: Choices) -> list[str]:
    if isinstance(part, Spec):
        entries = choices.entries(family_of(part))
        lines = [title_of(part, entries), summary_of(part, entries), details(part)]
        return [line for line in lines if line]
    if isinstance(part, ViewSpec):
        return ["One pipeline of operations, drawn anew for every image and every step."]
    if isinstance(part, Representation):
        return ["What is kept after training: measured, searched and exported."]
    return [type(part).__doc__ or ""] if isinstance(part, BaseModel) else []


def _concerns(path: str, place: str) -> bool:
    is_view = place.startswith(f"{VIEWS}.") and place.count(".") == 1
    return _within(path, place) or (path == VIEWS and is_view)


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}.")
