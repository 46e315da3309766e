"""Undo and redo over immutable values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A value and the words for the edit that led to it."""

    value: T
    label: str
    merge_key: str = ""


@dataclass(frozen=True, slots=True)
class History(Generic[T]):
    """A value with its past and future; every edit returns a new history."""

    past: tuple[Entry[T], ...]
    future: tuple[Entry[T], ...] = ()

    @classmethod
    def starting_with(cls, value: T) -> History[T]:
        """Return a history that holds one value and nothing to undo."""
        return cls((Entry(value, ""),))

    @property
    def value(self) -> T:
        """The present value."""
        return self.past[-1].value

    @property
    def undo_label(self) -> str:
        """What undo would take back; empty if there is nothing."""
        return self.past[-1].label if len(self.past) > 1 else ""

    @property
    def redo_label(self) -> str:
        """What redo would bring back; empty if there is nothing."""
        return self.future[-1].label if self.future else ""

    def edited(self, value: T, label: str, merge_key: str = "") -> History[T]:
        """Return the history after an edit; edits in a row with one merge key are one step."""
        if value == self.value:
            return self
        last = self.past[-1]
        merges = bool(merge_key) and last.merge_key == merge_key and len(self.past) > 1
        kept = self.past[:-1] if merges else self.past[-LIMIT:]
        return History((*kept, Entry(value, label, merge_key)))

    def undone(self) -> History[T]:
        """Return the history one step back; itself if there is nothing to undo."""
        if len(self.past) == 1:
            return self
        return History(self.past[:-1], (*self.future, self.past[-1]))

    def redone(self) -> History[T]:
        """Return the history one step forward; itself if there is nothing to redo."""
        if not self.future:
            return self
        again = replace(self.future[-1], merge_key="")
        return History((*self.past, again), self.future[:-1])
