"""The entry point: reads the arguments, runs a verb, turns every mistake into plain lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import click
import typer

from sslstudio.cli import catalogue, results, training
from sslstudio.cli.output import complain
from sslstudio.domain.errors import StudioError

INTERRUPTED = 130
WRONG_USAGE = 2

OpenWindow = Callable[[str | None, str | None], int]

RecipeOption = Annotated[
    str | None, typer.Option("--recipe", help="Preset or recipe file to open.")
]
DataOption = Annotated[str | None, typer.Option("--data", help="Images to open.")]


def build_app(open_window: OpenWindow) -> typer.Typer:
    """Return the application with all verbs; `open_window` receives recipe and data."""
    app = typer.Typer(
        name="sslstudio",
        help="Design, train, watch and explore self-supervised learning on images.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True)
    def default_verb(
        context: typer.Context, recipe: RecipeOption = None, data: DataOption = None
    ) -> None:
        """Open the window unless a verb is given."""
        if context.invoked_subcommand is None:
            raise typer.Exit(open_window(recipe, data))

    @app.command("gui")
    def gui(recipe: RecipeOption = None, data: DataOption = None) -> None:
        """Open the window (the default)."""
        raise typer.Exit(open_window(recipe, data))

    catalogue.register(app)
    training.register(app)
    results.register(app)
    return app


def run(arguments: Sequence[str], open_window: OpenWindow) -> int:
    """Return the exit code after carrying out a command line."""
    command = typer.main.get_command(build_app(open_window))
    try:
        outcome = command.main(args=list(arguments), prog_name="sslstudio", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "sslstudio"
        complain(error.format_message(), f"See `{path} --help`.")
        return WRONG_USAGE
    except StudioError as error:
        complain(error.message, error.hint)
        return error.exit_code
    return outcome if isinstance(outcome, int) else 0
