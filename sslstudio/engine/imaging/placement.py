"""Crops and mirrorings, gathered up and then carried out in a single resampling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sslstudio.engine.imaging.boxes import Boxes, whole_boxes
from sslstudio.engine.imaging.chosen import change_chosen
from sslstudio.engine.imaging.operation import Operation, float_copy
from sslstudio.engine.imaging.separable import apply_separable, interpolation_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which part of each image is seen, whether mirrored, and at which size."""

    boxes: Boxes
    mirrored: Tensor  # (batch,) bool
    upside_down: Tensor | None = None  # (batch,) bool; None if no image is
    source: tuple[int, int]
    """Height and width of the images."""
    target: tuple[int, int]
    """Height and width of the result."""
    resamples: bool = False

    @classmethod
    def of(cls, images: Tensor) -> Placement:
        """Return the placement that shows the images as they are."""
        count, _, height, width = images.shape
        return cls(
            boxes=whole_boxes(count, height, width, images.device),
            mirrored=torch.zeros(count, dtype=torch.bool, device=images.device),
            source=(height, width),
            target=(height, width),
        )

    def cropped(self, boxes: Boxes, target: tuple[int, int]) -> Placement:
        """Return this placement with a box cut out of what it shows; only one crop is possible."""
        if self.resamples:
            raise ValueError("A placement holds one crop; a second one needs another resampling.")
        opposite = self.source[1] - boxes.left - boxes.width
        seen = replace(boxes, left=torch.where(self.mirrored, opposite, boxes.left))
        if self.upside_down is not None:
            above = self.source[0] - boxes.top - boxes.height
            seen = replace(seen, top=torch.where(self.upside_down, above, boxes.top))
        return replace(self, boxes=seen, target=target, resamples=True)

    def flipped(self, chosen: Tensor) -> Placement:
        """Return this placement mirrored left to right where chosen  # (batch,) bool."""
        return replace(self, mirrored=self.mirrored ^ chosen)

    def upended(self, chosen: Tensor) -> Placement:
        """Return this placement mirrored top to bottom where chosen  # (batch,) bool."""
        before = torch.zeros_like(chosen) if self.upside_down is None else self.upside_down
        return replace(self, upside_down=before ^ chosen)

    def render(self, images: Tensor) -> Tensor:
        """Return the new images, float in [0, 1]; byte images are converted on the way."""
        if not self.resamples:
            return self._turned(float_copy(images))
        upright = torch.zeros_like(self.mirrored)
        backwards = upright if self.upside_down is None else self.upside_down
        boxes = self.boxes
        rows = interpolation_weights(
            boxes.top, boxes.height, backwards, self.source[0], self.target[0]
        )
        columns = interpolation_weights(
            boxes.left, boxes.width, self.mirrored, self.source[1], self.target[1]
        )
        if images.dtype == torch.uint8:
            columns = columns.div_(255.0)
        return apply_separable(images.to(torch.float32), rows, columns).clamp_(0.0, 1.0)

    def _turned(self, images: Tensor) -> Tensor:
        images = change_chosen(images, self.mirrored, _flip)
        if self.upside_down is None:
            return images
        return change_chosen(images, self.upside_down, _upend)


def _flip(images: Tensor, _rows: Tensor | slice) -> Tensor:
    return images.flip(-1)


def _upend(images: Tensor, _rows: Tensor | slice) -> Tensor:
    return images.flip(-2)


class Placing(Operation):
    """An operation that moves pixels and leaves their colours alone.

    It accepts bytes as well as floats, and never writes into what it is given.
    """

    resamples: bool = False
    """True if it crops or resizes; a run of placing operations may hold one of these."""

    @abstractmethod
    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement with this operation on top."""

    def owned(self, images: Tensor) -> Tensor:
        """Return the images themselves; rendering makes new ones anyway."""
        return images

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return the images moved  # (batch, channels, new height, new width)."""
        return self.place(Placement.of(images), numbers).render(images)


class PlacingRun(Placing):
    """Several placing operations that cost a single resampling."""

    def __init__(self, operations: Sequence[Placing]) -> None:
        self.operations = tuple(operations)
        self.numbers = sum(operation.numbers for operation in operations)
        self.resamples = any(operation.resamples for operation in operations)

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement with all operations on top, in their order."""
        shares = numbers.split([operation.numbers for operation in self.operations], dim=1)
        for operation, share in zip(self.operations, shares, strict=True):
            placement = operation.place(placement, share)
        return placement


def fused(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the same work with neighbouring placing operations joined into one."""
    joined: list[Operation] = []
    for operation in operations:
        last = joined[-1] if joined else None
        if isinstance(last, Placing) and isinstance(operation, Placing) and _fit(last, operation):
            joined[-1] = PlacingRun((last, operation))
        else:
            joined.append(operation)
    return tuple(joined)


def _fit(first: Placing, second: Placing) -> bool:
    return not (first.resamples and second.resamples)
