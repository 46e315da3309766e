"""Blocks, pills and edges: what the canvas draws, without saying where; no Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "encoder",
    "head",
    "network",
    "store",
    "target",
    "echo",
    "similarity",
    "task",
    "loss",
    "kept",
    "add",
]
Stop = Literal["", "set", "lifted", "fixed"]
Link = Literal["", "linked", "apart"]

MORE_VIEWS = "views+"
"""Key of the place where a view can be added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """One operation of a pipeline."""

    key: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One or several views of an image, or what an objective does to them, as operations."""

    key: str
    path: str
    title: str
    subtitle: str
    pipeline: str
    """Path of the pipeline that stands in it; empty if operations cannot be dropped here."""
    pills: tuple[Pill, ...]
    copies: int = 1
    compact: bool = False
    """True where several cards share the height: title and size stand in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of the network or of the task."""

    key: str
    path: str
    role: Role
    title: str
    subtitle: str
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What flows from one block to the next."""

    start: str
    end: str
    gradient: bool
    label: str = ""
    stop: Stop = ""

    @property
    def key(self) -> str:
        """The edge's own name."""
        return f"{self.start}>{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Everything on the canvas, in the order in which the Tab key walks."""

    cards: tuple[Card, ...]
    more: Block | None = None
    """The place where a view can be added."""
    online: tuple[Block, ...]
    target: tuple[Block, ...] = ()
    """The lower path: a target branch, a generator, or what the loss looks up."""
    meeting: tuple[Block, ...]
    kept: Block
    addition: Block | None = None
    """The place where a head can be added."""
    edges: tuple[Edge, ...]
    link: Link = ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, along the online path, the lower path and where they meet."""
        extra = () if self.addition is None else (self.addition,)
        return (*self.online, *extra, *self.target, *self.meeting, self.kept)

    @property
    def has_bus(self) -> bool:
        """True if several cards feed the same block, so that their edges run together."""
        starts = {card.key for card in self.cards}
        ends = [edge.end for edge in self.edges if edge.start in starts]
        return len(ends) > 2 and len(set(ends)) < len(ends)
