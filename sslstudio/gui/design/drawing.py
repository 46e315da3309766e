"""From a recipe to its figure, through the traits and slots of its parts; no Qt here."""

from __future__ import annotations

from dataclasses import replace

from sslstudio.domain.moves import STOPPED
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import LossSpec, ProjectorSpec, SimilaritySpec, Spec, TargetSpec
from sslstudio.domain.view_moves import can_link, is_linked
from sslstudio.gui.design.figure import Block, Card, Edge, Figure, Link, Stop
from sslstudio.gui.design.sketch import Sketch, grouped
from sslstudio.gui.design.source import NO_ESTIMATE, Choices, Estimate
from sslstudio.gui.design.task_drawing import draw_task
from sslstudio.gui.design.words import is_nothing

MOST_HEADS = 3
"""Blocks after the encoder that find room side by side."""


def draw_figure(recipe: Recipe, choices: Choices, estimate: Estimate = NO_ESTIMATE) -> Figure:
    """Return the figure of a recipe; with an estimate, blocks and edges carry its numbers."""
    sketch = Sketch(recipe, choices, estimate)
    targets = sketch.parts(TargetSpec)
    figure = _draw_joint(sketch, targets[0]) if targets else draw_task(sketch)
    return replace(figure, link=_link(recipe, figure), more=sketch.more_views())


def _draw_joint(sketch: Sketch, target: tuple[str, Spec]) -> Figure:
    """Return the online path above, the target path below, and the loss where they meet."""
    heads = sketch.parts(ProjectorSpec)
    shared = [sketch.part(*head, "head") for head in heads[:1]]
    present = [sketch.part(*head, "head") for head in heads[1:] if not is_nothing(head[1])]
    absent = [sketch.part(*head, "add") for head in heads[1:] if is_nothing(head[1])]
    own = [sketch.network(name) for name in _own_networks(sketch)]
    online = (sketch.encoder(), *grouped([*shared, *present, *own], MOST_HEADS, "heads"))
    echoes = [replace(head, key=f"{head.key}@target", role="echo") for head in shared]
    echoes = [replace(echo, subtitle="as above", milliseconds=None) for echo in echoes]
    below = (sketch.part(*target, "target"), *echoes)
    meeting = _meeting(sketch)
    cards = sketch.view_cards()
    return Figure(
        cards=cards,
        online=online,
        target=below,
        meeting=meeting,
        kept=sketch.kept(),
        addition=_addition(absent),
        edges=_joint_edges(sketch, cards, (online, below, meeting), target[1]),
    )


def _own_networks(sketch: Sketch) -> list[str]:
    """Return the networks that the objective makes for itself and no part of the recipe names."""
    named = {slot.path.rpartition(".")[2] for slot in sketch.slots}
    return [name for name in sketch.recipe.objective.chain if name not in named]


def _meeting(sketch: Sketch) -> tuple[Block, ...]:
    losses = sketch.parts(LossSpec)
    compares = not losses or any(getattr(part, "uses_similarity", False) for _, part in losses)
    compared = sketch.parts(SimilaritySpec) if compares else []
    blocks = [sketch.part(*part, "similarity") for part in compared]
    blocks += [sketch.part(*part, "loss") for part in losses]
    return tuple(blocks) if losses else (*blocks, sketch.task())


def _joint_edges(
    sketch: Sketch,
    cards: tuple[Card, ...],
    rows: tuple[tuple[Block, ...], tuple[Block, ...], tuple[Block, ...]],
    target: Spec,
) -> tuple[Edge, ...]:
    online, below, meeting = rows
    flows = sketch.learns and isinstance(target, TargetSpec) and target.carries_gradient
    asking, answering = _asking_and_answering(sketch.recipe, cards)
    edges = [
        *sketch.chain((*asking[:1], *online, *meeting), gradient=sketch.learns),
        *sketch.chain((*answering[-1:], *below, meeting[0]), gradient=flows),
        *(sketch.edge(card, online[0], gradient=sketch.learns) for card in asking[1:]),
        *(sketch.edge(card, below[0], gradient=flows) for card in answering[:-1]),
    ]
    if len(asking) + len(answering) > len(cards):
        starts = {card.key for card in cards}
        edges = [replace(edge, label="") if edge.start in starts else edge for edge in edges]
    return _with_stop(edges, below[-1], target)


def _asking_and_answering(
    recipe: Recipe, cards: tuple[Card, ...]
) -> tuple[tuple[Card, ...], tuple[Card, ...]]:
    """Return the cards that feed the online path, and those that feed the target path."""
    if len(cards) == 2 and not any(view.local for view in recipe.views):
        # As the papers draw it; the loss also goes the other way round.
        return cards[:1], cards[1:]
    local = [recipe.views[int(card.path.split(".")[1])].local for card in cards]
    answering = tuple(card for card, small in zip(cards, local, strict=True) if not small)
    return cards, answering or cards[-1:]


def _addition(absent: list[Block]) -> Block | None:
    if not absent:
        return None
    head = absent[0]
    return replace(head, title=f"+ {head.title.lower()}", milliseconds=None)


def _with_stop(edges: list[Edge], last: Block, target: Spec) -> tuple[Edge, ...]:
    stop: Stop = "fixed"
    if isinstance(target, TargetSpec) and target.carries_gradient:
        stop = "lifted"
    elif target.kind == STOPPED:
        stop = "set"
    return tuple(replace(edge, stop=stop) if edge.start == last.key else edge for edge in edges)


def _link(recipe: Recipe, figure: Figure) -> Link:
    if is_linked(recipe):
        return "linked" if len(figure.cards) == 2 else ""
    return "apart" if can_link(recipe) and len(figure.cards) == 2 else ""
