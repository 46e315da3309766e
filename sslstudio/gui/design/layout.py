"""Where everything in a figure stands on a stage of a given size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

from sslstudio.gui.design.card_layout import CardColumn
from sslstudio.gui.design.figure import Block, Figure
from sslstudio.gui.design.placement import Placement
from sslstudio.gui.design.routes import STEP, Routes

STAGE = QSizeF(712, 443)
"""The stage at a window of 1280 x 800, for which the measures below were drawn."""
LEAST_WIDTH, MOST_WIDTH = 0.74, 1.4
LEAST_HEIGHT, MOST_HEIGHT = 0.78, 1.3

ENCODER = (240.0, 128.0)
HEADS = (396.0, 96.0)
MEETING = 520.0
END = 706.0
LATER = ((520.0, 96.0), (632.0, 74.0))
"""Left edge and width of the heads that stand above the place where both paths meet."""
PAIR = ((512.0, 94.0), (626.0, 80.0))
ALONE = (520.0, 112.0)
WIDE = (524.0, 182.0)

BLOCK_HEIGHT = 64.0
TASK_HEIGHT = 92.0
KEPT_HEIGHT = 24.0
KEPT_WIDTH = 184.0
ADDITION_WIDTH = 88.0
ROWS_APART = 88.0
GAP, TIGHT_GAP = 28.0, 20.0
TASK_WIDTH, LEAST_TASK, MOST_BLOCK = 192.0, 88.0, 116.0
LETTER = 7.3
"""Pixels of a letter in a title, roughly: enough to share widths out."""


def lay_out(figure: Figure, stage: QSizeF) -> Placement:
    """Return the places of a figure that fills the stage calmly, centred in what is left over."""
    return _Layout(figure, stage).placement()


class _Layout:
    def __init__(self, figure: Figure, stage: QSizeF) -> None:
        self.figure = figure
        self.scale = min(max(stage.width() / STAGE.width(), LEAST_WIDTH), MOST_WIDTH)
        self.high = min(max(stage.height() / STAGE.height(), LEAST_HEIGHT), MOST_HEIGHT)
        self.left = max(0.0, (stage.width() - self.scale * STAGE.width()) / 2)
        width = max(stage.width(), LEAST_WIDTH * STAGE.width())
        height = max(stage.height(), LEAST_HEIGHT * STAGE.height())
        self.column = CardColumn(figure, self.scale, self.high)
        self.size = QSizeF(width, max(height, self.column.least_height()))
        self.placed = Placement(size=self.size)

    def placement(self) -> Placement:
        middle = self.size.height() / 2
        apart = ROWS_APART * self.high if self._branches else 0.0
        self.column.place(self.placed, self.left, self.scale, middle - apart)
        above, below = self._rows(middle, apart)
        self._row(self.figure.online, self._upper(), above)
        if self._branches:
            self._row(self.figure.target, self._lower(), below)
            self._row(self.figure.meeting, self._meeting(), middle)
        encoder = self.placed.rects[self.figure.online[0].key]
        self._kept(encoder, middle if self._branches else encoder.bottom() + 44)
        self._addition(above)
        routes = Routes(self.figure, self.placed)
        for edge in self.figure.edges:
            self.placed.paths[edge.key] = routes.path(edge)
        self.placed.legend_at = QPointF(encoder.left(), routes.lowest() + 20)
        return self.placed

    @property
    def _branches(self) -> bool:
        return bool(self.figure.target)

    @property
    def _narrow(self) -> tuple[float, float] | tuple[()]:
        """Left edge and width of the one column before a place where several blocks meet."""
        upper, lower = self.figure.online[1:], self.figure.target
        if len(self.figure.meeting) < 2 or not lower or lower[0].role == "target":
            return ()
        if len(upper) > 1 or len(lower) > 1:
            return ()
        return HEADS[0], max(_natural(block) for block in (*upper, *lower))

    def _rows(self, middle: float, apart: float) -> tuple[float, float]:
        cards = self.figure.cards
        if self._branches and len(cards) == 2:
            first, last = (self.placed.rects[card.key].center().y() for card in cards)
            return first, last + (STEP if self.figure.has_bus else 0.0)
        return middle - apart, middle + apart

    def _row(self, blocks: tuple[Block, ...], columns: list[tuple[float, float]], y: float) -> None:
        for block, (start, width) in zip(blocks, columns, strict=True):
            height = TASK_HEIGHT if block.role == "task" else BLOCK_HEIGHT
            left = self.left + start * self.scale
            self.placed.rects[block.key] = QRectF(left, y - height / 2, width * self.scale, height)

    def _upper(self) -> list[tuple[float, float]]:
        """Return left edge and width of each block of the upper row, at the natural width."""
        blocks = self.figure.online
        if not self._branches:
            return [ENCODER, *shared(blocks[1:], HEADS[0], END)]
        if self._narrow:
            return [ENCODER, self._narrow][: len(blocks)]
        if len(blocks) <= 3:
            return [ENCODER, HEADS, LATER[0]][: len(blocks)]
        return [ENCODER, HEADS, *LATER][: len(blocks)]

    def _lower(self) -> list[tuple[float, float]]:
        blocks = self.figure.target
        if not self.figure.meeting:
            return shared(blocks, HEADS[0], END)
        if blocks[0].role == "target":
            return [ENCODER, HEADS][: len(blocks)]
        if self._narrow:
            return [self._narrow]
        return [HEADS] if len(blocks) == 1 else [ENCODER, HEADS, *LATER][: len(blocks)]

    def _meeting(self) -> list[tuple[float, float]]:
        blocks = self.figure.meeting
        if not blocks:
            return []
        if self._narrow:
            return shared(blocks, sum(self._narrow) + TIGHT_GAP, END)
        if len(blocks) == 1:
            return [WIDE if blocks[0].role == "task" else ALONE]
        if len(blocks) == 2 and all(block.role != "task" for block in blocks):
            return list(PAIR)
        return shared(blocks, MEETING, END)

    def _kept(self, encoder: QRectF, y: float) -> None:
        width = KEPT_WIDTH * max(1.0, min(self.scale, 1.2))
        self.placed.rects[self.figure.kept.key] = QRectF(
            encoder.left(), y - KEPT_HEIGHT / 2, width, KEPT_HEIGHT
        )

    def _addition(self, y: float) -> None:
        addition = self.figure.addition
        if addition is None:
            return
        online = self.placed.rects[self.figure.online[-1].key]
        meeting = self.placed.rects[self.figure.meeting[0].key]
        left, wide = max(meeting.center().x() + 14, online.right() + 20), ADDITION_WIDTH
        if left + wide > self.left + END * self.scale:
            left, y = online.left(), online.top() - 24
        self.placed.rects[addition.key] = QRectF(left, y - 12, wide, 24)


def shared(blocks: tuple[Block, ...], start: float, end: float) -> list[tuple[float, float]]:
    """Return left edge and width of blocks that share a row's room according to their words."""
    gap = GAP if len(blocks) <= 2 else TIGHT_GAP
    room = end - start - gap * (len(blocks) - 1)
    columns = []
    for width in _widths(blocks, room):
        columns.append((start, width))
        start += width + gap
    return columns


def _widths(blocks: tuple[Block, ...], room: float) -> list[float]:
    wanted = [_natural(block) for block in blocks]
    spare = room - sum(wanted)
    if spare >= 0:
        most = [TASK_WIDTH if block.role == "task" else MOST_BLOCK for block in blocks]
        return [min(w + spare / len(blocks), top) for w, top in zip(wanted, most, strict=True)]
    # The task's words wrap, other titles would be cut.
    tasks = [block.role == "task" for block in blocks]
    give = min(-spare, sum(w - LEAST_TASK for w, task in zip(wanted, tasks, strict=True) if task))
    wanted = [w - give / max(sum(tasks), 1) * task for w, task in zip(wanted, tasks, strict=True)]
    return [width * min(room / sum(wanted), 1.0) for width in wanted]


def _natural(block: Block) -> float:
    words = LETTER * len(block.title) + 18
    if block.role == "task":
        return min(max(words, 112.0), 150.0)
    return min(max(words, 72.0), MOST_BLOCK)
