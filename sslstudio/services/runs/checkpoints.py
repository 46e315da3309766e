"""Which of a run's checkpoints is meant by `last`, `best` or a step."""

from __future__ import annotations

from dataclasses import replace

from sslstudio.domain.checkpoints import Checkpoint
from sslstudio.domain.errors import InputError, RunError
from sslstudio.domain.run import RunSummary, fold
from sslstudio.services.runs.folder import RunFolder

LAST = "last"
BEST = "best"


def standing(folder: RunFolder) -> RunSummary:
    """Return where a run stands by its log, with the checkpoints that really lie on disk."""
    summary = fold(folder.events())
    known = {saved.step: saved for saved in summary.saved}
    saved = tuple(
        known.get(step) or Checkpoint(step=step, progress=summary.progress)
        for step in folder.checkpoint_steps()
    )
    return replace(summary, saved=saved)


def chosen_step(folder: RunFolder, choice: str = LAST) -> int | None:
    """Return the step that `last`, `best` or a number means; RunError if there is none.

    `last` gives None, which readers of a run take as its newest checkpoint.
    """
    if choice == LAST:
        return None
    if choice == BEST:
        return _best(folder)
    if not choice.isdigit():
        raise InputError(
            f"--checkpoint {choice}: this is not known.", "Choose last, best or the step of one."
        )
    step, steps = int(choice), folder.checkpoint_steps()
    if step not in steps:
        raise RunError(f"{folder.path} holds no checkpoint of step {step}.", listed(steps))
    return step


def listed(steps: tuple[int, ...]) -> str:
    """Return in words which checkpoints there are."""
    if not steps:
        return "It holds no checkpoint at all; start the run again."
    return f"It holds those of step {', '.join(str(step) for step in steps)}."


def _best(folder: RunFolder) -> int:
    best = standing(folder).best
    if best is None:
        raise RunError(
            f"{folder.path}: no checkpoint has a kNN accuracy on the validation part.",
            "It needs labels and the monitor knn. Use the last checkpoint, or name a step.",
        )
    return best.step
