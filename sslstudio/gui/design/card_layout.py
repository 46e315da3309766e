"""Where cards stand in their column, and pills on their cards."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF

from sslstudio.gui.design.figure import Card, Figure, Pill
from sslstudio.gui.design.placement import Placement

COLUMN = (16.0, 170.0)
CARD_HEIGHT = 136.0
CARD_HEAD, COMPACT_HEAD = 52.0, 34.0
CARD_GAP, TIGHT_GAP = 40.0, 16.0
MARGIN = 16.0
PILL_HEIGHT = 24.0
PILL_PITCH = 30.0
LEAST_PITCH = 24.0
PILL_GAP = 4.0
INSET = 12.0
GRID_COLUMNS = 2
MORE = (64.0, 24.0)
"""Width and height of the place where a view can be added."""
MORE_GAP = 10.0
LETTER = 6.0
"""Pixels of a letter on a pill, roughly: enough to break rows."""


def head_of(card: Card) -> float:
    """Return the room of a card's title and size."""
    return COMPACT_HEAD if card.compact else CARD_HEAD


class CardColumn:
    """The cards of a figure one below the other, and below them the place to add a view."""

    def __init__(self, figure: Figure, wide: float, high: float) -> None:
        self.figure = figure
        self.wide = COLUMN[1] * wide
        self.cards = figure.cards
        self.high = high
        self.few = len(self.cards) <= 2
        self.gap = CARD_GAP * min(high, 1.0) if self.few else TIGHT_GAP
        self.margin = MARGIN * min(high, 1.0)
        self.foot = MORE[1] + MORE_GAP if figure.more is not None else 0.0

    def least_height(self) -> float:
        """Return the height below which cards would overlap."""
        return sum(self._least(card) for card in self.cards) + self._around() - self.foot

    def place(self, placed: Placement, left: float, scale: float, upper: float) -> None:
        """Place cards and pills; a card that stands alone is centred on the upper row."""
        left += COLUMN[0] * scale
        heights = self._heights(placed.size.height())
        whole = sum(heights) + self.gap * max(len(heights) - 1, 0)
        lowest = placed.size.height() - self.margin - self.foot - whole
        top = min((placed.size.height() - whole) / 2, lowest)
        if len(heights) == 1:
            top = max(upper - heights[0] / 2, self.margin)
        for card, height in zip(self.cards, heights, strict=True):
            rect = placed.rects[card.key] = QRectF(left, top, self.wide, height)
            self._pills(placed, card, rect)
            top += height + self.gap
        if self.figure.more is not None:
            placed.rects[self.figure.more.key] = QRectF(
                left, top - self.gap + MORE_GAP, MORE[0], MORE[1]
            )
        if len(self.cards) == 2:
            first = placed.rects[self.cards[0].key]
            placed.link_at = QPointF(first.center().x(), first.bottom() + self.gap / 2)

    def _around(self) -> float:
        # The place below the cards has a counterweight above, so that they stay centred.
        return 2 * self.margin + 2 * self.foot + self.gap * max(len(self.cards) - 1, 0)

    def _heights(self, stage: float) -> list[float]:
        least = [self._least(card) for card in self.cards]
        if not self.few or not least:
            return least
        most = (stage - self._around()) / len(self.cards)
        return [min(max(CARD_HEIGHT * self.high, low), max(most, low)) for low in least]

    def _least(self, card: Card) -> float:
        rows = min(_grid_rows(card), len(_word_rows(card, self.wide - 2 * INSET)))
        return head_of(card) + LEAST_PITCH * max(rows, 1) + INSET / 2

    def _pills(self, placed: Placement, card: Card, rect: QRectF) -> None:
        room = rect.height() - head_of(card) - INSET / 2
        wide = rect.width() - 2 * INSET
        worded = _word_rows(card, wide)
        roomy = _grid_rows(card) * PILL_PITCH <= room + PILL_GAP
        in_grid = (self.few and roomy) or len(worded) > _grid_rows(card)
        rows = _grid(card) if in_grid else worded
        pitch = min(PILL_PITCH, room / max(len(rows), 1))
        for number, row in enumerate(rows):
            left, top = rect.left() + INSET, rect.top() + head_of(card) + number * pitch
            widths = _grid_widths(row, wide) if in_grid else _full_widths(row, wide)
            for pill, width in zip(row, widths, strict=True):
                high = min(PILL_HEIGHT, pitch - PILL_GAP)
                placed.rects[pill.key] = QRectF(left, top, width, high)
                left += width + PILL_GAP


def _grid_widths(row: Sequence[Pill], wide: float) -> list[float]:
    """Return columns of one width; a pill that stands alone may take the room for its word."""
    column = (wide - PILL_GAP * (GRID_COLUMNS - 1)) / GRID_COLUMNS
    if len(row) == 1:
        return [min(max(_width(row[0]), column), wide)]
    return [column] * len(row)


def _full_widths(row: Sequence[Pill], wide: float) -> list[float]:
    """Return widths in proportion to the words, so that the row is full."""
    share = (wide - PILL_GAP * (len(row) - 1)) / sum(_width(pill) for pill in row)
    return [share * _width(pill) for pill in row]


def _grid_rows(card: Card) -> int:
    return -(-len(card.pills) // GRID_COLUMNS)


def _grid(card: Card) -> list[tuple[Pill, ...]]:
    starts = range(0, len(card.pills), GRID_COLUMNS)
    return [card.pills[start : start + GRID_COLUMNS] for start in starts]


def _word_rows(card: Card, wide: float) -> list[list[Pill]]:
    """Return the pills in rows like words on a page."""
    rows: list[list[Pill]] = []
    left = 0.0
    for pill in card.pills:
        if not rows or left + _width(pill) > wide:
            rows.append([])
            left = 0.0
        rows[-1].append(pill)
        left += _width(pill) + PILL_GAP
    return rows


def _width(pill: Pill) -> float:
    return LETTER * len(pill.text) + 16
