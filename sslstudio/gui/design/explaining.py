"""What the inspector says about the thing at a path: title, meaning and citation; no Qt here."""

from __future__ import annotations

from typing import NamedTuple

from sslstudio.domain.edits import value_at
from sslstudio.domain.recipe import Recipe, Representation, ViewSpec
from sslstudio.domain.slots import Slot, slots_of
from sslstudio.domain.spec import AugmentationSpec, MonitorSpec, Spec
from sslstudio.domain.view_moves import is_linked
from sslstudio.gui.design.sketch import path_title
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.view_words import whole_title
from sslstudio.gui.design.words import family_of, summary_of, title_of

KEPT_WORDS = "What is kept after training: measured, searched, mapped and exported."
LOCAL_WORDS = (
    "Small crops that only ask: what they are compared with comes from the global views. They "
    "cost little, as the encoder sees fewer pixels."
)
SHARED_WORDS = "One pipeline draws all views of an image, each time with other random values."
OWN_WORDS = "The operations from left to right, drawn anew for each image and each step."


class Explanation(NamedTuple):
    """A heading, what it means, and who proposed it."""

    title: str
    summary: str
    citation: str = ""


def explain(recipe: Recipe, path: str, choices: Choices) -> Explanation:
    """Return what to say about the part, view or row of parts at a path."""
    part = value_at(recipe, path)
    if isinstance(part, Spec):
        return _about_part(path, part, choices)
    if isinstance(part, ViewSpec):
        return Explanation(whole_title(recipe, int(path.split(".")[1])), _view_words(recipe, part))
    if isinstance(part, Representation):
        return Explanation("Representation", KEPT_WORDS)
    slot = slot_at(recipe, path)
    if slot is not None:
        return Explanation(slot.field.ui.label, slot.field.ui.help)
    return Explanation(path_title(path), "")


def slot_at(recipe: Recipe, path: str) -> Slot | None:
    """Return the place inside the objective at a path, None if there is none."""
    return next((s for s in slots_of(recipe.objective, "objective") if s.path == path), None)


def _about_part(path: str, part: Spec, choices: Choices) -> Explanation:
    entries = choices.entries(family_of(part))
    entry = entries.get(part.kind)
    by_kind = isinstance(part, AugmentationSpec | MonitorSpec) or path == "objective"
    title = title_of(part, entries) if by_kind else path_title(path)
    return Explanation(title, summary_of(part, entries), "" if entry is None else entry.citation)


def _view_words(recipe: Recipe, view: ViewSpec) -> str:
    if view.local:
        return LOCAL_WORDS
    return SHARED_WORDS if is_linked(recipe) else OWN_WORDS
