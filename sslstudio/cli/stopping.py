"""The verb that ends a training from outside: stop."""

from __future__ import annotations

from typing import Annotated

import typer

from sslstudio.catalog.catalog import load_catalog
from sslstudio.cli.options import JsonOption
from sslstudio.cli.output import Output
from sslstudio.domain.run import RunSummary
from sslstudio.services.places import runs_folder
from sslstudio.services.runs.checkpoints import standing
from sslstudio.services.runs.library import RunLibrary


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("stop")(stop)


def stop(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's path or id.")],
    as_json: JsonOption = False,
) -> None:
    """End a run that another process trains, and wait until its checkpoint is written."""
    folder = RunLibrary(runs_folder(), load_catalog()).find(run)
    was_alive = folder.is_alive()
    if was_alive:
        folder.ask("stop")
        folder.wait()
    summary = standing(folder)
    content = {
        "kind": "result",
        "run": str(folder.path),
        "id": folder.id,
        "outcome": summary.outcome,
        "steps": summary.step,
        "checkpoints": list(summary.checkpoints),
    }
    Output(as_json=as_json).result(content, f"{_sentence(summary, was_alive)} {folder.path}")


def _sentence(summary: RunSummary, was_alive: bool) -> str:
    if not was_alive:
        return "Nothing to stop: no process trains this run."
    if summary.outcome == "stopped":
        return f"Stopped with a checkpoint after {summary.step} steps."
    return f"It came to its end by itself ({summary.outcome or 'interrupted'})."
