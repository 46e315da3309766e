"""Cards, blocks and edges of a recipe, one by one, for whoever puts a figure together; no Qt."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.pipelines import Pipeline
from sslstudio.domain.recipe import OUTPUT, Recipe
from sslstudio.domain.slots import Slot, slots_of
from sslstudio.domain.spec import AugmentationSpec, ObjectiveSpec, Spec
from sslstudio.domain.view_moves import is_linked
from sslstudio.gui.design.figure import MORE_VIEWS, Block, Card, Edge, Pill, Role
from sslstudio.gui.design.layers import kept_width, kept_words
from sslstudio.gui.design.source import Choices, Estimate
from sslstudio.gui.design.view_words import (
    first_view,
    pixels_words,
    view_name,
    view_names,
    view_title,
)
from sslstudio.gui.design.words import (
    brief,
    count_words,
    family_of,
    question_of,
    short_name,
    spent_words,
)
from sslstudio.gui.design.words import title_of as kind_title

FEW_CARDS = 2


def path_title(path: str) -> str:
    """Return the last name of a path as a title, such as `Projector` or `Heads 2`."""
    *_front, before, last = ("", *path.split("."))
    name = f"{before} {int(last) + 1}" if last.isdigit() else last
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def grouped(blocks: list[Block], most: int, word: str) -> list[Block]:
    """Return at most this many blocks: what is left over becomes one that stands for all of it."""
    if len(blocks) <= most:
        return blocks
    shown, rest = blocks[: most - 1], blocks[most - 1 :]
    names = ", ".join(block.title.lower() for block in rest)
    return [*shown, replace(rest[0], path="objective", title=f"{len(rest)} {word}", subtitle=names)]


class Sketch:
    """Draws single parts of one recipe, with the numbers of an estimate where there are some."""

    def __init__(self, recipe: Recipe, choices: Choices, estimate: Estimate) -> None:
        self.recipe = recipe
        self.choices = choices
        self.estimate = estimate
        self.learns = recipe.objective.trainable
        self.slots: tuple[Slot, ...] = tuple(slots_of(recipe.objective, "objective"))

    def parts(self, family: type[Spec]) -> list[tuple[str, Spec]]:
        """Return the objective's parts of a family with their paths, however deep they stand."""
        found = [part for slot in self.slots for part in slot.parts()]
        return [(path, part) for path, part in found if isinstance(part, family)]

    def view_cards(self, *, whole: bool = False) -> tuple[Card, ...]:
        """Return a card for each pipeline of views, local ones first.

        The views of a pipeline that stands alone get two, unless it is to be drawn as one thing.
        """
        recipe = self.recipe
        if is_linked(recipe) and not whole:
            total = recipe.views[0].copies
            names, rest = view_names(1, total - 1, total), total - 1
            first = self._card(0, f"View {view_name(0, total)}", 0, 1)
            return (first, self._card(0, f"View{'s' if rest > 1 else ''} {names}", 1, rest))
        order = sorted(range(len(recipe.views)), key=lambda n: not recipe.views[n].local)
        compact = len(order) > FEW_CARDS
        return tuple(self._whole_card(number, compact=compact) for number in order)

    def nested_cards(self) -> tuple[Card, ...]:
        """Return a card for each pipeline inside the objective."""
        return tuple(
            Card(
                key=slot.path,
                path=slot.path,
                title=slot.field.ui.label,
                subtitle="before the encoder",
                pipeline=slot.path,
                pills=self._pills(slot.path, slot.path, value_at(self.recipe, slot.path)),
            )
            for slot in self.slots
            if slot.is_pipeline
        )

    def more_views(self) -> Block:
        """Return the place where a view can be added."""
        return Block(key=MORE_VIEWS, path="", role="add", title="+ view", subtitle="")

    def encoder(self) -> Block:
        """Return the encoder's block."""
        encoder = self.recipe.encoder
        words = brief(encoder, self.choices.entries(family_of(encoder)))
        return self._block("encoder", "encoder", "encoder", words)

    def kept(self) -> Block:
        """Return what hangs from the encoder."""
        kept = self.recipe.representation
        width = kept_width(kept, self.estimate.layers)
        if not width and kept.layers == (OUTPUT,):
            width = self.shape("encoder")
        words = kept_words(kept, width)
        return Block(
            key="representation", path="representation", role="kept", title=words, subtitle=""
        )

    def part(self, path: str, part: Spec, role: Role) -> Block:
        """Return the block of a part of the objective."""
        return self._block(path, path, role, brief(part, self.choices.entries(family_of(part))))

    def network(self, name: str) -> Block:
        """Return the block of a network or a store that the objective makes for itself."""
        return self._block(f"objective.{name}", "objective", "network", "")

    def task(self) -> Block:
        """Return the block of the objective itself, in its author's words."""
        objective = self.recipe.objective
        return Block(
            key="objective",
            path="objective",
            role="task",
            title=kind_title(objective, self.choices.entries(ObjectiveSpec.family)),
            subtitle=question_of(objective),
            milliseconds=self.milliseconds("objective"),
        )

    def chain(self, blocks: tuple[Card | Block, ...], *, gradient: bool) -> tuple[Edge, ...]:
        """Return the edges through blocks in a row."""
        return tuple(self.edge(a, b, gradient=gradient) for a, b in pairwise(blocks))

    def edge(self, start: Card | Block, end: Card | Block, *, gradient: bool) -> Edge:
        """Return one edge, labelled with the shape of what flows along it."""
        label = ""
        if isinstance(start, Card):
            label = self.shape(start.path)
        elif gradient:
            label = self.shape("encoder" if start.role == "target" else start.key.split("@")[0])
        return Edge(start=start.key, end=end.key, gradient=gradient, label=label)

    def shape(self, path: str) -> str:
        """Return what leaves a block, as far as the recipe or the estimate tells."""
        known = self.estimate.shapes.get(path, "")
        if known:
            return known
        if path.startswith("views."):
            view = self.recipe.views[int(path.split(".")[1])]
            side = view.size or self.recipe.data.size
            read = 3 if self.recipe.data.channels == "rgb" else 1
            return f"{view.channels_of(read)}·{side}·{side}"
        try:
            width = getattr(value_at(self.recipe, path), "output", None)
        except RecipeError:
            width = None
        return str(width) if isinstance(width, int) else ""

    def milliseconds(self, path: str) -> float | None:
        """Return a block's share of a step, if it was measured for this very recipe."""
        return self.estimate.milliseconds.get(path)

    def _block(self, key: str, path: str, role: Role, words: str) -> Block:
        count = self.estimate.block_parameters.get(key, 0)
        shown = [words, count_words(count)] if count and role in ("encoder", "network") else [words]
        return Block(
            key=key,
            path=path,
            role=role,
            title=path_title(key),
            subtitle=" · ".join(word for word in shown if word),
            milliseconds=self.milliseconds(key),
        )

    def _whole_card(self, number: int, *, compact: bool) -> Card:
        copies = self.recipe.views[number].copies
        start = first_view(self.recipe, number)
        title = view_title(self.recipe, number, short=compact)
        return replace(self._card(number, title, start, copies), compact=compact)

    def _card(self, number: int, title: str, start: int, copies: int) -> Card:
        recipe, path = self.recipe, f"views.{number}"
        key = f"{path}@{view_name(start, recipe.view_count())}"
        spent = self.milliseconds(path)
        words = pixels_words(recipe, number, copies)
        if spent is not None:
            words = f"{words} · {spent_words(spent * copies / recipe.views[number].copies)}"
        return Card(
            key=key,
            path=path,
            title=title,
            subtitle=words,
            pipeline=f"{path}.pipeline",
            pills=self._pills(key, f"{path}.pipeline", recipe.views[number].pipeline),
            copies=copies,
        )

    def _pills(self, key: str, path: str, pipeline: Pipeline) -> tuple[Pill, ...]:
        entries = self.choices.entries(AugmentationSpec.family)
        return tuple(
            Pill(
                key=f"{key}.{position}",
                path=f"{path}.{position}",
                text=short_name(part.kind, entries),
            )
            for position, part in enumerate(pipeline)
        )
