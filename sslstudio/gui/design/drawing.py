"""From a recipe to its figure, through the traits and fields of its parts; no Qt here."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from sslstudio.domain.moves import STOPPED
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import (
    AugmentationSpec,
    LossSpec,
    ObjectiveSpec,
    ProjectorSpec,
    SimilaritySpec,
    Spec,
    TargetSpec,
)
from sslstudio.gui.design.figure import Block, Card, Edge, Figure, Link, Pill, Role, Stop
from sslstudio.gui.design.source import Choices, Estimate
from sslstudio.gui.design.words import (
    brief,
    count_words,
    family_of,
    is_nothing,
    question_of,
    short_name,
    title_of,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def draw_figure(recipe: Recipe, choices: Choices, estimate: Estimate | None = None) -> Figure:
    """Return the figure of a recipe; with an estimate, blocks and edges carry its numbers."""
    return _Draughtsman(recipe, choices, estimate).figure()


def parts_among(objective: ObjectiveSpec, family: type[Spec]) -> list[tuple[str, Spec]]:
    """Return the objective's own parts of a family with their field names, as declared."""
    names = type(objective).model_fields
    found = ((name, getattr(objective, name)) for name in names)
    return [(name, part) for name, part in found if isinstance(part, family)]


class _Draughtsman:
    def __init__(self, recipe: Recipe, choices: Choices, estimate: Estimate | None) -> None:
        self.recipe = recipe
        self.choices = choices
        self.estimate = estimate
        self.learns = recipe.objective.trainable

    def figure(self) -> Figure:
        target = parts_among(self.recipe.objective, TargetSpec)
        return self._joint(target[0]) if target else self._task()

    def _joint(self, target: tuple[str, Spec]) -> Figure:
        objective = self.recipe.objective
        heads = parts_among(objective, ProjectorSpec)
        shared = [self._part(*head, "head") for head in heads[:1]]
        present = [self._part(*head, "head") for head in heads[1:] if not is_nothing(head[1])]
        absent = [self._part(*head, "add") for head in heads[1:] if is_nothing(head[1])]
        online = (self._encoder(), *shared, *present)
        branch = self._part(*target, "target")
        echoes = [replace(head, key=f"{head.key}@target", role="echo") for head in shared]
        echoes = [replace(echo, subtitle="as above", milliseconds=None) for echo in echoes]
        cards = self._cards()
        below, meeting = (branch, *echoes), self._meeting()
        flows = self.learns and isinstance(target[1], TargetSpec) and target[1].carries_gradient
        edges = (
            *self._chain(cards[0], (*online, *meeting), gradient=self.learns),
            *self._chain(cards[-1], (*below, meeting[0]), gradient=flows),
            *(self._edge(card, online[0], gradient=self.learns) for card in cards[1:-1]),
        )
        return Figure(
            cards=cards,
            online=online,
            target=below,
            meeting=meeting,
            kept=self._kept(),
            addition=_addition(absent),
            edges=_with_stop(edges, below[-1], target[1]),
            link=self._link(),
        )

    def _task(self) -> Figure:
        objective = self.recipe.objective
        heads = [self._part(*head, "head") for head in parts_among(objective, ProjectorSpec)]
        entries = self.choices.entries(ObjectiveSpec.family)
        task = Block(
            key="objective",
            path="objective",
            role="task",
            title=title_of(objective, entries),
            subtitle=question_of(objective),
            milliseconds=self._milliseconds("objective"),
        )
        chosen = getattr(objective, "loss", None)
        word = chosen if isinstance(chosen, str) else "its error"
        loss = replace(task, key="objective@loss", role="loss", title="Loss", subtitle=word)
        own = [self._part(*part, "loss") for part in parts_among(objective, LossSpec)]
        end = tuple(own) or (replace(loss, milliseconds=None),)
        online = (self._encoder(), *heads, task, *(end if self.learns else ()))
        cards = self._cards()
        edges = (
            *self._chain(cards[0], online, gradient=self.learns),
            *(self._edge(card, online[0], gradient=self.learns) for card in cards[1:]),
        )
        return Figure(
            cards=cards,
            online=online,
            meeting=(),
            kept=self._kept(),
            edges=edges,
            link=self._link() if len(cards) == 2 else "",
        )

    def _meeting(self) -> tuple[Block, ...]:
        objective = self.recipe.objective
        losses = parts_among(objective, LossSpec)
        compares = not losses or any(getattr(part, "uses_similarity", False) for _, part in losses)
        compared = parts_among(objective, SimilaritySpec) if compares else []
        blocks = [self._part(*part, "similarity") for part in compared]
        blocks += [self._part(*part, "loss") for part in losses]
        if losses:
            return tuple(blocks)
        entries = self.choices.entries(ObjectiveSpec.family)
        title, words = title_of(objective, entries), question_of(objective)
        task = Block(key="objective", path="objective", role="task", title=title, subtitle=words)
        return (*blocks, task)

    def _part(self, name: str, part: Spec, role: Role) -> Block:
        path = f"objective.{name}"
        entries = self.choices.entries(family_of(part))
        return Block(
            key=path,
            path=path,
            role=role,
            title=name.replace("_", " ").capitalize(),
            subtitle=brief(part, entries),
            milliseconds=self._milliseconds(path),
        )

    def _encoder(self) -> Block:
        encoder = self.recipe.encoder
        words = brief(encoder, self.choices.entries(family_of(encoder)))
        if self.estimate is not None and "encoder" in self.estimate.block_parameters:
            words = f"{words} · {count_words(self.estimate.block_parameters['encoder'])}"
        return Block(
            key="encoder",
            path="encoder",
            role="encoder",
            title="Encoder",
            subtitle=words,
            milliseconds=self._milliseconds("encoder"),
        )

    def _kept(self) -> Block:
        layer = self.recipe.representation.layer
        name = "representation h" if layer == "encoder" else f"{layer}, pooled"
        width = self._shape("representation") or (self._shape("encoder") if "h" in name else "")
        words = f"{name} · {width}, kept" if width else f"{name}, kept"
        return Block(
            key="representation", path="representation", role="kept", title=words, subtitle=""
        )

    def _cards(self) -> tuple[Card, ...]:
        views = self.recipe.views
        if len(views) == 1 and views[0].copies > 1:
            rest = views[0].copies - 1
            both = ((0, views[0], 1, "A"), (0, views[0], rest, _letters(1, rest)))
            return tuple(self._card(*one) for one in both)
        names = LETTERS if len(views) > 1 else [""]
        return tuple(
            self._card(number, view, view.copies, names[number])
            for number, view in enumerate(views)
        )

    def _card(self, number: int, view: ViewSpec, copies: int, letters: str) -> Card:
        key, size = f"views.{number}@{letters}", view.size or self.recipe.data.size
        entries = self.choices.entries(AugmentationSpec.family)
        pills = tuple(
            Pill(
                key=f"{key}.{position}",
                path=f"views.{number}.pipeline.{position}",
                text=short_name(part.kind, entries),
            )
            for position, part in enumerate(view.pipeline)
        )
        title = f"{'Views' if len(letters) > 1 else 'View'} {letters}".strip()
        return Card(
            key=key,
            path=f"views.{number}",
            title=title,
            subtitle=f"{copies} × {size} px",
            view=number,
            pills=pills,
        )

    def _link(self) -> Link:
        views = self.recipe.views
        if len(views) == 1:
            return "linked" if views[0].copies > 1 else ""
        return "apart" if len(views) == 2 and views[0].size == views[1].size else ""

    def _chain(self, card: Card, blocks: tuple[Block, ...], *, gradient: bool) -> tuple[Edge, ...]:
        first = self._edge(card, blocks[0], gradient=gradient)
        rest = (self._edge(a, b, gradient=gradient) for a, b in pairwise(blocks))
        return (first, *rest)

    def _edge(self, start: Card | Block, end: Block, *, gradient: bool) -> Edge:
        label = self._shape(start.path) if gradient or isinstance(start, Card) else ""
        return Edge(start=start.key, end=end.key, gradient=gradient, label=label)

    def _shape(self, path: str) -> str:
        if self.estimate is not None and path in self.estimate.shapes:
            return self.estimate.shapes[path]
        if path.startswith("views."):
            view = self.recipe.views[int(path.split(".")[1])]
            side = view.size or self.recipe.data.size
            return f"{3 if self.recipe.data.channels == 'rgb' else 1}·{side}·{side}"
        name = path.removeprefix("objective.")
        width = getattr(getattr(self.recipe.objective, name, None), "output", None)
        return str(width) if isinstance(width, int) else ""

    def _milliseconds(self, path: str) -> float | None:
        return None if self.estimate is None else self.estimate.milliseconds.get(path)


def _addition(absent: list[Block]) -> Block | None:
    if not absent:
        return None
    head = absent[0]
    return replace(head, title=f"+ {head.title.lower()}", milliseconds=None)


def _with_stop(edges: tuple[Edge, ...], last: Block, target: Spec) -> tuple[Edge, ...]:
    stop: Stop = "fixed"
    if isinstance(target, TargetSpec) and target.carries_gradient:
        stop = "lifted"
    elif target.kind == STOPPED:
        stop = "set"
    return tuple(replace(edge, stop=stop) if edge.start == last.key else edge for edge in edges)


def _letters(start: int, count: int) -> str:
    first = LETTERS[start]
    return first if count == 1 else f"{first}-{LETTERS[min(start + count, len(LETTERS)) - 1]}"
