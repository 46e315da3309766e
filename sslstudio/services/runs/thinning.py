"""Deletes the checkpoints of a running training that newer ones stand for."""

from __future__ import annotations

from contextlib import suppress

from sslstudio.domain.checkpoints import superfluous
from sslstudio.domain.events import Dropped, Event, Saved
from sslstudio.domain.run import RunSummary, fold
from sslstudio.services.runs.folder import RunFolder


class Thinning:
    """Follows a run's events; after each new checkpoint it knows which old ones may go.

    The log says that they go before they do: a process killed in between leaves a file too many,
    which the next checkpoint takes away, and never a log that promises a file that is gone.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._summary = fold(folder.events())

    @property
    def summary(self) -> RunSummary:
        """Where the run stands."""
        return self._summary

    def after(self, event: Event) -> Dropped | None:
        """Return which checkpoints are to be deleted now that this event is in the log."""
        self._summary = fold([event], self._summary)
        if not isinstance(event, Saved):
            return None
        steps = superfluous(self._summary.saved, self._folder.wanted_steps())
        return Dropped(step=event.step, steps=steps) if steps else None

    def carry_out(self, dropped: Dropped) -> None:
        """Delete what the log says is gone, and what an earlier sitting left undone."""
        self._summary = fold([dropped], self._summary)
        for step in self._folder.checkpoint_steps():
            if step <= dropped.step and step not in self._summary.checkpoints:
                # A file that somebody reads just now stays until the next time.
                with suppress(OSError):
                    self._folder.checkpoint_file(step).unlink(missing_ok=True)
