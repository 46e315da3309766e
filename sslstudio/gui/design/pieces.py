"""The things on the canvas that can be chosen: cards, pills, blocks, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from sslstudio.domain.problems import Severity
from sslstudio.gui.design.brush import DOT, LEADING, Ink, box, dot, pen, wrapped, write, write_lines
from sslstudio.gui.design.card_layout import INSET, head_of
from sslstudio.gui.design.figure import Block, Card, Pill
from sslstudio.gui.design.words import spent_words
from sslstudio.gui.tokens import RADIUS, Tokens

TAG = 18.0
"""Room above and below a block for the word of a problem and for its milliseconds."""
TITLE, TITLE_LEADING = 20.0, 16.0
TIGHT = 110.0
"""Width below which a block's words stand nearer to its edge."""
SHEETS, SHEET = 2, 3.0
"""Sheets behind a card that draws several views, and how far each looks out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The state in which a piece is painted."""

    chosen: bool = False
    focused: bool = False
    hovered: bool = False
    lit: bool = False
    severity: Severity | None = None


class Piece(QGraphicsItem):
    """Something with a key, standing for the part at a path of the recipe."""

    def __init__(self, key: str, path: str, rect: QRectF, tokens: Tokens) -> None:
        super().__init__()
        self.key = key
        self.path = path
        self.tokens = tokens
        self.rect = QRectF(0, 0, rect.width(), rect.height())
        self.look = Look()
        self.setPos(rect.topLeft())

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return self.key

    def place(self) -> QRectF:
        """Return where the piece stands on the stage."""
        return self.rect.translated(self.pos())

    def show_look(self, look: Look) -> None:
        """Paint the piece in another state."""
        if look != self.look:
            self.look = look
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the piece with its outline and the words around it."""
        return self.rect.adjusted(-4, -TAG, 8, TAG)

    def shape(self) -> QPainterPath:
        """Return where the pointer hits the piece."""
        path = QPainterPath()
        path.addRect(self.rect)
        return path

    def outline(self, width: float = 1.0) -> QPen:
        """Return the pen that tells the piece's state."""
        if self.look.chosen or self.look.lit:
            return pen(self.tokens.accent, width + 1.0)
        if self.look.severity is not None:
            return pen(severity_colour(self.look.severity, self.tokens), width + 0.5)
        return pen(self.tokens.muted if self.look.hovered else self.tokens.line, width)

    def focus_ring(self, painter: QPainter, radius: float) -> None:
        """Paint the ring of the piece that has the keyboard."""
        if self.look.focused:
            ring = pen(self.tokens.accent, 1.0, Qt.PenStyle.DotLine)
            box(painter, self.rect.adjusted(-4, -4, 4, 4), radius + 3, "transparent", ring)

    def tag(self, painter: QPainter, rect: QRectF) -> None:
        """Write the state's dot and word, if there is a problem."""
        if self.look.severity is None:
            return
        colour = severity_colour(self.look.severity, self.tokens)
        word, ink = str(self.look.severity), Ink(colour, bold=True)
        start = rect.right() - ink.width(word) - DOT - 6
        dot(painter, QPointF(start + DOT / 2, rect.center().y()), colour)
        write(painter, rect.adjusted(start + DOT + 4 - rect.left(), 0, 2, 0), word, ink)


class PillPiece(Piece):
    """One operation inside a card."""

    def __init__(self, pill: Pill, rect: QRectF, tokens: Tokens) -> None:
        super().__init__(pill.key, pill.path, rect, tokens)
        self.pill = pill

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return self.pill.text

    def boundingRect(self) -> QRectF:
        """Return the pill with its outline."""
        return self.rect.adjusted(-5, -5, 5, 5)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the pill and its word."""
        del option, widget
        look, tokens = self.look, self.tokens
        marked = look.chosen or look.severity is not None or look.hovered
        outline = self.outline(0.5 if look.chosen else 1.0) if marked else QPen(Qt.PenStyle.NoPen)
        fill = tokens.accent_soft if look.chosen else tokens.soft
        radius = self.rect.height() / 2
        box(painter, self.rect, radius, fill, outline)
        inner = self.rect.adjusted(8, 0, -8, 0)
        if look.severity is not None:
            dot(
                painter,
                QPointF(inner.left() + 1, inner.center().y()),
                severity_colour(look.severity, tokens),
            )
            inner.setLeft(inner.left() + 6)
        write(painter, inner, self.pill.text, Ink(tokens.text, align=Qt.AlignmentFlag.AlignHCenter))
        self.focus_ring(painter, radius)


class CardPiece(Piece):
    """A view: its title, its size and room for its operations."""

    def __init__(self, card: Card, rect: QRectF, tokens: Tokens) -> None:
        super().__init__(card.key, card.path, rect, tokens)
        self.card = card

    @property
    def words(self) -> str:
        """What a screen reader says."""
        names = ", ".join(pill.text for pill in self.card.pills) or "no operation"
        return f"{self.card.title}, {self.card.subtitle}: {names}"

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the card; its pills are pieces of their own."""
        del option, widget
        tokens, card = self.tokens, self.card
        fill = tokens.accent_soft if self.look.lit else tokens.panel
        for sheet in reversed(range(1, min(card.copies, SHEETS + 1))):
            behind = self.rect.translated(SHEET * sheet, -SHEET * sheet)
            box(painter, behind, RADIUS + 1, tokens.panel, pen(tokens.line))
        box(painter, self.rect, RADIUS + 1, fill, self.outline())
        wide = self.rect.width() - 2 * INSET
        line = QRectF(INSET, 7 if card.compact else 9, wide, TITLE)
        ink = Ink(tokens.text, "body", bold=True)
        write(painter, line, card.title, ink)
        self.tag(painter, line)
        size = QRectF(INSET, 29, wide, LEADING)
        if card.compact:
            used = ink.width(card.title) + 8
            size = QRectF(INSET + used, line.top() + 4, wide - used, LEADING)
        if not card.compact or self.look.severity is None:
            write(painter, size, card.subtitle, Ink(tokens.muted))
        if not card.pills:
            empty = QRectF(INSET, head_of(card), wide, 2 * LEADING)
            write_lines(painter, empty, "Drop operations here", Ink(tokens.muted))
        self.focus_ring(painter, RADIUS + 1)


class BlockPiece(Piece):
    """A part of the network or of the task."""

    def __init__(self, block: Block, rect: QRectF, tokens: Tokens) -> None:
        super().__init__(block.key, block.path, rect, tokens)
        self.block = block

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return f"{self.block.title}: {self.block.subtitle}"

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint title, kind and, once measured, the share of a step."""
        del option, widget
        tokens, block, rect = self.tokens, self.block, self.rect
        box(painter, rect, RADIUS + 1, tokens.panel, self.outline())
        inset = INSET if rect.width() > TIGHT else min(INSET - 4, rect.width() / 16)
        line = QRectF(inset, 8, rect.width() - 2 * inset + 2, TITLE)
        ink = Ink(tokens.text, "body", bold=True)
        titles = wrapped(block.title, line.width(), 2 if block.role == "task" else 1, ink)
        for number, title in enumerate(titles):
            write(painter, line.translated(0, number * TITLE_LEADING), title, ink)
        top = 30 + (len(titles) - 1) * TITLE_LEADING
        below = QRectF(inset, top, line.width(), rect.height() - top - 4)
        write_lines(painter, below, block.subtitle, Ink(tokens.muted))
        self.tag(painter, QRectF(0, -TAG + 1, rect.width(), LEADING))
        if block.milliseconds is not None:
            spent = QRectF(2, rect.height() + 3, max(rect.width() / 2 - 6, 56), LEADING)
            write(painter, spent, spent_words(block.milliseconds), Ink(tokens.muted))
        self.focus_ring(painter, RADIUS + 1)


class KeptPiece(BlockPiece):
    """The representation that hangs from the encoder."""

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return self.block.title

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint a wide pill with its words."""
        del option, widget
        ink = Ink(self.tokens.text, align=Qt.AlignmentFlag.AlignHCenter)
        marked = self.look.chosen or self.look.hovered or self.look.severity is not None
        outline = self.outline(0.5 if self.look.chosen else 1.0)
        fill = self.tokens.accent_soft if self.look.chosen else self.tokens.soft
        radius = self.rect.height() / 2
        box(painter, self.rect, radius, fill, outline if marked else QPen(Qt.PenStyle.NoPen))
        write(painter, self.rect.adjusted(10, 0, -10, 0), self.block.title, ink)
        self.tag(painter, QRectF(0, -TAG + 1, self.rect.width(), LEADING))
        self.focus_ring(painter, radius)


class AdditionPiece(BlockPiece):
    """A place where a part may be added."""

    def __init__(self, block: Block, rect: QRectF, tokens: Tokens) -> None:
        super().__init__(block, rect, tokens)
        self.setToolTip(self.words)

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return f"Add a {self.block.title.removeprefix('+ ')}"

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint a dashed pill."""
        del option, widget
        colour = self.tokens.accent if self.look.hovered or self.look.chosen else self.tokens.muted
        radius = self.rect.height() / 2
        box(painter, self.rect, radius, "transparent", pen(colour, 1.0, Qt.PenStyle.DashLine))
        ink = Ink(colour, align=Qt.AlignmentFlag.AlignHCenter)
        write(painter, self.rect.adjusted(6, 0, -6, 0), self.block.title, ink)
        self.focus_ring(painter, radius)


def severity_colour(severity: Severity, tokens: Tokens) -> str:
    """Return the colour of an error or a warning."""
    return tokens.alarm if severity == "error" else tokens.warn
