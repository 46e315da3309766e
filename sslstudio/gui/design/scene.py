"""The figure as a scene: pieces by key, what stands under the pointer, where a pill would land."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsScene,
    QStyleOptionGraphicsItem,
    QWidget,
)

from sslstudio.domain.pipelines import Spot
from sslstudio.domain.problems import Severity
from sslstudio.gui.design.brush import LEADING, Ink, write
from sslstudio.gui.design.card_layout import PILL_GAP, PILL_HEIGHT, head_of
from sslstudio.gui.design.figure import Block, Card, Figure
from sslstudio.gui.design.layout import lay_out
from sslstudio.gui.design.marks import (
    EdgePiece,
    HangingLine,
    Hint,
    InsertionMark,
    LinkPiece,
    StopPiece,
)
from sslstudio.gui.design.pieces import (
    AdditionPiece,
    BlockPiece,
    CardPiece,
    KeptPiece,
    Piece,
    PillPiece,
)
from sslstudio.gui.design.placement import Placement
from sslstudio.gui.tokens import Tokens

STOP_SHARE = 0.34
"""How far along its edge the stop-gradient mark stands."""
PIECES: Mapping[str, type[BlockPiece]] = {"kept": KeptPiece, "add": AdditionPiece}


class Legend(QGraphicsItem):
    """One line that says how to read the edges."""

    def __init__(self, words: str, at: QPointF, tokens: Tokens) -> None:
        super().__init__()
        self.words = words
        self.tokens = tokens
        self.setPos(at)

    def boundingRect(self) -> QRectF:
        """Return the line's box."""
        return QRectF(0, 0, Ink(self.tokens.muted).width(self.words) + 4, LEADING)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Write the line."""
        del option, widget
        write(painter, self.boundingRect(), self.words, Ink(self.tokens.muted))


class FigureScene(QGraphicsScene):
    """Shows one figure at a time; knows nothing of recipes."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.pieces: dict[str, Piece] = {}
        self.insertion = InsertionMark(tokens)
        self.hint = Hint(tokens)

    def show_figure(self, figure: Figure, stage: QSizeF, tokens: Tokens) -> None:
        """Draw a figure anew for a stage of this size."""
        self.clear()
        self.tokens = tokens
        placement = lay_out(figure, stage)
        self.setSceneRect(QRectF(QPointF(0, 0), placement.size))
        self.pieces = {}
        self._add_edges(figure, placement)
        self._add_pieces(figure, placement)
        self.insertion, self.hint = InsertionMark(tokens), Hint(tokens)
        self.addItem(self.insertion)
        self.addItem(self.hint)

    def order(self) -> list[str]:
        """Return the keys in the order in which the Tab key walks."""
        return list(self.pieces)

    def piece_at(self, pointer: QPointF) -> Piece | None:
        """Return the uppermost piece under the pointer."""
        return next((item for item in self.items(pointer) if isinstance(item, Piece)), None)

    def card_at(self, pointer: QPointF) -> CardPiece | None:
        """Return the card under the pointer, also where a pill covers it."""
        return next((item for item in self.items(pointer) if isinstance(item, CardPiece)), None)

    def cards(self) -> list[CardPiece]:
        """Return all cards, from top to bottom."""
        return [piece for piece in self.pieces.values() if isinstance(piece, CardPiece)]

    def spot_at(self, card: CardPiece, pointer: QPointF) -> Spot:
        """Return the gap of a card's pipeline that is nearest to the pointer."""
        rows = [self.pieces[pill.key].place() for pill in card.card.pills]
        before = sum(
            rect.bottom() + PILL_GAP / 2 < pointer.y()
            or (rect.top() - PILL_GAP / 2 <= pointer.y() and rect.center().x() < pointer.x())
            for rect in rows
        )
        return Spot(card.card.pipeline, before)

    def show_insertion(self, card: CardPiece, spot: Spot) -> None:
        """Show the bar in a gap of a card."""
        rects = [self.pieces[pill.key].place() for pill in card.card.pills]
        if not rects:
            start = card.place().topLeft() + QPointF(12, head_of(card.card))
            self.insertion.stand(start, PILL_HEIGHT)
        elif spot.position < len(rects):
            rect = rects[spot.position]
            self.insertion.stand(rect.topLeft() - QPointF(PILL_GAP / 2, 0), rect.height())
        else:
            rect = rects[-1]
            self.insertion.stand(rect.topRight() + QPointF(PILL_GAP / 2, 0), rect.height())

    def show_choice(self, path: str, focused: str) -> None:
        """Mark what is chosen and what has the keyboard."""
        for key, piece in self.pieces.items():
            chosen = bool(path) and piece.path == path
            piece.show_look(replace(piece.look, chosen=chosen, focused=key == focused))

    def show_hover(self, hovered: Piece | None) -> None:
        """Mark the piece under the pointer."""
        for piece in self.pieces.values():
            piece.show_look(replace(piece.look, hovered=piece is hovered))

    def show_light(self, keys: Iterable[str]) -> None:
        """Light the cards on which something may be dropped."""
        lit = set(keys)
        for key, piece in self.pieces.items():
            piece.show_look(replace(piece.look, lit=key in lit))

    def show_severities(self, severities: Mapping[str, Severity]) -> None:
        """Mark the pieces that stand for these paths as wrong or doubtful."""
        for piece in self.pieces.values():
            piece.show_look(replace(piece.look, severity=severities.get(piece.path or " ")))

    def say(self, text: str, pointer: QPointF) -> None:
        """Show words at the pointer; empty words take them away."""
        if text:
            self.hint.say(text, pointer, self.sceneRect())
        else:
            self.hint.hide()

    def _add_edges(self, figure: Figure, placement: Placement) -> None:
        for edge in figure.edges:
            self.addItem(EdgePiece(edge, placement.paths[edge.key], self.tokens))
        start, end = placement.rects["encoder"], placement.rects[figure.kept.key]
        x = start.center().x()
        self.addItem(HangingLine(QLineF(x, start.bottom() + 3, x, end.top()), self.tokens))
        self.addItem(Legend(_legend(figure), placement.legend_at, self.tokens))

    def _add_pieces(self, figure: Figure, placement: Placement) -> None:
        for number, card in enumerate(figure.cards):
            self._add_card(card, placement)
            if number == 0 and figure.link and placement.link_at is not None:
                self._add(LinkPiece(figure.link, placement.link_at, self.tokens))
        if figure.more is not None:
            self._add(self._block(figure.more, placement))
        for block in figure.blocks:
            self._add(self._block(block, placement))
        for edge in figure.edges:
            if edge.stop:
                centre = placement.paths[edge.key].pointAtPercent(STOP_SHARE)
                self._add(StopPiece(edge.stop, centre, self.tokens))

    def _add_card(self, card: Card, placement: Placement) -> None:
        self._add(CardPiece(card, placement.rects[card.key], self.tokens))
        for pill in card.pills:
            self._add(PillPiece(pill, placement.rects[pill.key], self.tokens))

    def _block(self, block: Block, placement: Placement) -> BlockPiece:
        kind = PIECES.get(block.role, BlockPiece)
        return kind(block, placement.rects[block.key], self.tokens)

    def _add(self, piece: Piece) -> None:
        self.pieces[piece.key] = piece
        self.addItem(piece)


def _legend(figure: Figure) -> str:
    words = "solid: gradient flows · dashed: none"
    stop = next((edge.stop for edge in figure.edges if edge.stop), "")
    act = {"set": "click to lift", "lifted": "click to set"}.get(stop, "")
    return f"{words} · // stop-gradient, {act}" if act else words
