"""Blocks, pills and edges: what the canvas draws, without saying where; no Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["encoder", "head", "target", "echo", "similarity", "task", "loss", "kept", "add"]
Stop = Literal["", "set", "lifted", "fixed"]
Link = Literal["", "linked", "apart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """One operation of a view."""

    key: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One or several views of an image, and the operations that make them."""

    key: str
    path: str
    title: str
    subtitle: str
    view: int
    pills: tuple[Pill, ...]


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
    online: tuple[Block, ...]
    target: tuple[Block, ...] = ()
    meeting: tuple[Block, ...]
    kept: Block
    addition: Block | None = None
    edges: tuple[Edge, ...]
    link: Link = ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, along the online path, the target path and where they meet."""
        extra = () if self.addition is None else (self.addition,)
        return (*self.online, *extra, *self.target, *self.meeting, self.kept)
