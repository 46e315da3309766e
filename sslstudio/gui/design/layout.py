"""Where everything in a figure stands on a stage of a given size."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

from sslstudio.gui.design.figure import Block, Card, Edge, Figure

STAGE = QSizeF(712, 443)
"""The stage at a window of 1280 x 800, for which the measures below were drawn."""
LEAST_WIDTH = 0.74
LEAST_HEIGHT = 0.78
MOST_WIDTH = 1.4
MOST_HEIGHT = 1.3

VIEW = (16.0, 170.0)
ENCODER = (240.0, 128.0)
COLUMNS = {"head": (396.0, 96.0), "similarity": (520.0, 84.0), "loss": (626.0, 80.0)}
WIDE_LOSS = (520.0, 112.0)
TASK = (396.0, 192.0)
END = 706.0

BLOCK_HEIGHT = 64.0
TASK_HEIGHT = 92.0
KEPT_HEIGHT = 24.0
KEPT_WIDTH = 184.0
CARD_HEIGHT = 136.0
CARD_HEAD = 52.0
CARD_GAP = 40.0
MARGIN = 16.0
PILL_HEIGHT = 24.0
PILL_PITCH = 30.0
PILL_GAP = 4.0
INSET = 12.0


@dataclass(slots=True)
class Placement:
    """Rectangles and paths by key, in pixels of the stage."""

    rects: dict[str, QRectF] = field(default_factory=dict)
    paths: dict[str, QPainterPath] = field(default_factory=dict)
    link_at: QPointF | None = None
    legend_at: QPointF = field(default_factory=QPointF)
    size: QSizeF = field(default_factory=QSizeF)


def lay_out(figure: Figure, stage: QSizeF) -> Placement:
    """Return the places of a figure that fills the stage calmly, centred in what is left over."""
    return _Layout(figure, stage).placement()


class _Layout:
    def __init__(self, figure: Figure, stage: QSizeF) -> None:
        self.figure = figure
        wide = min(max(stage.width() / STAGE.width(), LEAST_WIDTH), MOST_WIDTH)
        self.scale = wide
        self.high = min(max(stage.height() / STAGE.height(), LEAST_HEIGHT), MOST_HEIGHT)
        self.left = max(0.0, (stage.width() - wide * STAGE.width()) / 2)
        width = max(stage.width(), wide * STAGE.width())
        self.size = QSizeF(width, max(stage.height(), LEAST_HEIGHT * STAGE.height()))
        self.placed = Placement(size=self.size)

    def placement(self) -> Placement:
        self._cards()
        middle = self.size.height() / 2
        if self.figure.target:
            above, below = self._rows()
            self._row(self.figure.online, above)
            self._row(self.figure.target, below)
            self._meeting(middle)
        else:
            above = below = middle
            self._row(self.figure.online, middle)
        encoder = self.placed.rects[self.figure.online[0].key]
        self._kept(encoder, middle if self.figure.target else encoder.bottom() + 44)
        self._addition(above)
        for edge in self.figure.edges:
            self.placed.paths[edge.key] = self._path(edge)
        lowest = max(rect.bottom() for rect in self._networks())
        self.placed.legend_at = QPointF(encoder.left(), lowest + 28)
        return self.placed

    def _networks(self) -> list[QRectF]:
        return [self.placed.rects[block.key] for block in self.figure.blocks]

    def _span(self, column: tuple[float, float]) -> tuple[float, float]:
        return self.left + column[0] * self.scale, column[1] * self.scale

    def _cards(self) -> None:
        cards = self.figure.cards
        left, width = self._span(VIEW)
        gap = CARD_GAP * min(self.high, 1.0) if len(cards) <= 2 else CARD_GAP / 2
        space = self.size.height() - 2 * MARGIN * min(self.high, 1.0) - gap * (len(cards) - 1)
        most = space / len(cards)
        columns = 2 if len(cards) <= 2 else 3
        rows = max(-(-len(card.pills) // columns) for card in cards)
        wanted = max(CARD_HEIGHT * self.high, CARD_HEAD + PILL_PITCH * rows + INSET)
        height = min(wanted, most)
        top = (self.size.height() - height * len(cards) - gap * (len(cards) - 1)) / 2
        for card in cards:
            rect = QRectF(left, top, width, height)
            self.placed.rects[card.key] = rect
            self._pills(card, rect, columns)
            top += height + gap
        if len(cards) == 2:
            first = self.placed.rects[cards[0].key]
            self.placed.link_at = QPointF(first.center().x(), first.bottom() + gap / 2)

    def _pills(self, card: Card, rect: QRectF, columns: int) -> None:
        room = rect.height() - CARD_HEAD - INSET / 2
        fits = max(1, int((room + PILL_GAP) // (PILL_HEIGHT - PILL_GAP)))
        columns = max(columns, -(-len(card.pills) // fits))
        rows = max(1, -(-len(card.pills) // columns))
        pitch = min(PILL_PITCH, room / rows)
        high = min(PILL_HEIGHT, pitch - PILL_GAP)
        wide = (rect.width() - 2 * INSET - PILL_GAP * (columns - 1)) / columns
        for index, pill in enumerate(card.pills):
            row, column = divmod(index, columns)
            x = rect.left() + INSET + column * (wide + PILL_GAP)
            self.placed.rects[pill.key] = QRectF(
                x, rect.top() + CARD_HEAD + row * pitch, wide, high
            )

    def _rows(self) -> tuple[float, float]:
        cards = self.figure.cards
        middle = self.size.height() / 2
        if len(cards) == 2:
            first, last = (self.placed.rects[card.key].center().y() for card in cards)
            return first, last
        return middle - 88 * self.high, middle + 88 * self.high

    def _row(self, blocks: tuple[Block, ...], y: float) -> None:
        spans = self._spans(blocks)
        for block, column in zip(blocks, spans, strict=True):
            left, width = self._span(column)
            height = TASK_HEIGHT if block.role == "task" else BLOCK_HEIGHT
            self.placed.rects[block.key] = QRectF(left, y - height / 2, width, height)

    def _spans(self, blocks: tuple[Block, ...]) -> list[tuple[float, float]]:
        """Return left edge and width of each block of a row, at the natural width."""
        if self.figure.target:
            later = [COLUMNS["head"], (COLUMNS["similarity"][0], COLUMNS["head"][1])]
            return [ENCODER, *later[: len(blocks) - 1]]
        weights = [2.2 if block.role == "task" else 1.0 for block in blocks[1:]]
        start, gap = TASK[0], 28.0
        room = END - start - gap * (len(weights) - 1)
        spans = [ENCODER]
        for weight in weights:
            width = min(room * weight / sum(weights), TASK[1] * weight / 2.2)
            spans.append((start, width))
            start += width + gap
        return spans

    def _meeting(self, middle: float) -> None:
        blocks = self.figure.meeting
        alone = WIDE_LOSS if blocks[0].role == "loss" else (TASK[0] + 128, END - TASK[0] - 128)
        columns = [alone] if len(blocks) == 1 else [COLUMNS["similarity"], COLUMNS["loss"]]
        for block, column in zip(blocks, columns, strict=True):
            left, width = self._span(column)
            height = TASK_HEIGHT if block.role == "task" else BLOCK_HEIGHT
            self.placed.rects[block.key] = QRectF(left, middle - height / 2, width, height)

    def _kept(self, encoder: QRectF, y: float) -> None:
        width = KEPT_WIDTH * max(1.0, min(self.scale, 1.2))
        self.placed.rects[self.figure.kept.key] = QRectF(
            encoder.left(), y - KEPT_HEIGHT / 2, width, KEPT_HEIGHT
        )

    def _addition(self, y: float) -> None:
        addition = self.figure.addition
        if addition is None:
            return
        meeting = self.placed.rects[self.figure.meeting[0].key]
        self.placed.rects[addition.key] = QRectF(meeting.center().x() + 14, y - 12, 88, 24)

    def _path(self, edge: Edge) -> QPainterPath:
        start, end = self.placed.rects[edge.start], self.placed.rects[edge.end]
        if end.left() >= start.right():
            return self._across(start, end)
        return _into(start.center(), end)

    def _across(self, start: QRectF, end: QRectF) -> QPainterPath:
        begin = QPointF(start.right(), start.center().y())
        path = QPainterPath(begin)
        if abs(begin.y() - end.center().y()) < 1:
            path.lineTo(end.left(), begin.y())
        elif self._meets(end):
            return _corner(begin, end)
        else:
            half = (end.left() - begin.x()) / 2
            goal = QPointF(
                end.left(), end.center().y() + (-8 if begin.y() < end.center().y() else 8)
            )
            path.cubicTo(
                QPointF(begin.x() + half, begin.y()), QPointF(goal.x() - half, goal.y()), goal
            )
        return path

    def _meets(self, end: QRectF) -> bool:
        return any(self.placed.rects[block.key] == end for block in self.figure.meeting[:1])


def _corner(begin: QPointF, end: QRectF) -> QPainterPath:
    """Return a path that runs straight on and turns into the top or bottom of `end`."""
    down = begin.y() < end.center().y()
    goal = QPointF(end.center().x(), end.top() if down else end.bottom())
    turn = QPointF(goal.x(), begin.y())
    reach = min(28.0, abs(goal.y() - begin.y()) - 10, goal.x() - begin.x())
    path = QPainterPath(begin)
    path.lineTo(turn.x() - reach, turn.y())
    path.quadTo(turn, QPointF(turn.x(), turn.y() + (reach if down else -reach)))
    path.lineTo(goal)
    return path


def _into(begin: QPointF, end: QRectF) -> QPainterPath:
    """Return a straight path down or up into `end` from a block that stands over or under it."""
    down = begin.y() < end.center().y()
    x = min(max(begin.x(), end.left() + INSET), end.right() - INSET)
    half = BLOCK_HEIGHT / 2
    path = QPainterPath(QPointF(x, begin.y() + (half if down else -half)))
    path.lineTo(x, end.top() if down else end.bottom())
    return path
