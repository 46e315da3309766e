"""The figure of an objective without a target branch: puzzles, painters, memories, games; no Qt."""

from __future__ import annotations

from dataclasses import replace

from sslstudio.domain.spec import EncoderSpec, LossSpec, ProjectorSpec, Spec
from sslstudio.gui.design.figure import Block, Card, Edge, Figure
from sslstudio.gui.design.sketch import Sketch, grouped

IMAGES, VIEWS, LOSS = "images", "views.", "loss"
MOST_IN_A_ROW, MOST_PARTS = 3, 4
Row = tuple[Block, ...]


def draw_task(sketch: Sketch) -> Figure:
    """Return views, encoder, what follows it, what joins from beside, and the loss."""
    nested = sketch.nested_cards()
    cards = (*sketch.view_cards(whole=bool(nested)), *nested)
    answers = [card for card in cards if (card.path, LOSS) in sketch.recipe.objective.beside]
    joining = _lower_row(sketch)
    online, meeting = _split(sketch, _between(sketch), {goal for _block, goal in joining})
    row = (*online, *meeting)
    below = tuple(block for block, _goal in joining)
    if not below and len(online) > MOST_IN_A_ROW + 1:
        # Too many for one row: the rest goes on below.
        online, below = online[:MOST_IN_A_ROW], online[MOST_IN_A_ROW:]
    return Figure(
        cards=cards,
        online=online,
        target=below,
        meeting=meeting,
        kept=sketch.kept(),
        edges=(
            *_card_edges(
                sketch, [card for card in cards if card not in answers], nested, online[0]
            ),
            *sketch.chain(row, gradient=sketch.learns),
            *_joining(sketch, joining, row),
            *(_answer(card, row[-1]) for card in answers or _asked_for(sketch, cards)),
        ),
    )


def _named(sketch: Sketch) -> dict[str, tuple[str, Spec]]:
    """Return the heads and encoders inside the objective by the names of their fields."""
    parts = [*sketch.parts(ProjectorSpec), *sketch.parts(EncoderSpec)]
    return {path.removeprefix("objective."): (path, part) for path, part in parts}


def _block(sketch: Sketch, name: str, held: tuple[str, Spec] | None) -> Block:
    if held is None:
        return sketch.network(name)
    return sketch.part(*held, "encoder" if isinstance(held[1], EncoderSpec) else "head")


def _between(sketch: Sketch) -> list[Block]:
    """Return the encoder and what stands after it: loose heads, then the objective's chain."""
    objective, named = sketch.recipe.objective, _named(sketch)
    beside = {name for name, _goal in objective.beside}
    chain = [_block(sketch, name, named.pop(name, None)) for name in objective.chain]
    loose = [_block(sketch, name, held) for name, held in named.items() if name not in beside]
    return [sketch.encoder(), *grouped([*loose, *chain], MOST_PARTS, "parts")]


def _lower_row(sketch: Sketch) -> list[tuple[Block, str]]:
    """Return what joins from beside, each with the name of the block that it joins."""
    named = _named(sketch)
    found = []
    for name, goal in sketch.recipe.objective.beside:
        if name != IMAGES and not name.startswith(VIEWS):
            block = _block(sketch, name, named.get(name))
            found.append((replace(block, role="store") if goal == LOSS else block, goal))
    return found


def _split(sketch: Sketch, parts: list[Block], goals: set[str]) -> tuple[Row, Row]:
    """Return the upper row, and what stands where the lower row joins it."""
    own = tuple(sketch.part(*part, "loss") for part in sketch.parts(LossSpec))
    end = (sketch.task(), *own)
    if not goals:
        return (*parts, *end), ()
    names = [block.key.rpartition(".")[2] for block in parts]
    first = next((number for number, name in enumerate(names) if name in goals), len(parts))
    return tuple(parts[: max(first, 1)]), (*parts[max(first, 1) :], *end)


def _card_edges(
    sketch: Sketch, cards: list[Card], nested: tuple[Card, ...], encoder: Block
) -> list[Edge]:
    """Return the edges of the cards; views pass through the objective's pipelines, if any."""
    views = [card for card in cards if card not in nested]
    way: tuple[Card | Block, ...] = (*nested, encoder)
    edges = [sketch.edge(card, way[0], gradient=sketch.learns) for card in views]
    if len(views) > 2:
        edges = [replace(edge, label="") for edge in edges]
    return [*edges, *sketch.chain(way, gradient=sketch.learns)]


def _joining(sketch: Sketch, pairs: list[tuple[Block, str]], row: Row) -> list[Edge]:
    edges = []
    for block, goal in pairs:
        end = next((b for b in row if b.key.rpartition(".")[2] == goal), row[-1])
        flows = sketch.learns and block.role != "store"
        edges.append(replace(sketch.edge(block, end, gradient=flows), label=""))
    return edges


def _asked_for(sketch: Sketch, cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """Return the card whose images themselves are what the loss asks for."""
    return cards[:1] if (IMAGES, LOSS) in sketch.recipe.objective.beside else ()


def _answer(card: Card, end: Block) -> Edge:
    words = "the answer" if card.path != "views.0" else "the image itself"
    return Edge(start=card.key, end=end.key, gradient=False, label=words)
