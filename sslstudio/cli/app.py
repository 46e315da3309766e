"""The entry point: reads the arguments, runs a verb, turns every mistake into plain lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from sslstudio.cli import catalogue, results, stopping, sweeping, training
from sslstudio.cli.output import complain
from sslstudio.domain.errors import StudioError, memory_error

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
    stopping.register(app)
    sweeping.register(app)
    results.register(app)
    return app


def run(arguments: Sequence[str], open_window: OpenWindow) -> int:
    """Return the exit code after carrying out a command line."""
    command = typer.main.get_command(build_app(open_window))
    try:
        outcome = command.main(args=list(arguments), prog_name="sslstudio", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except typer.TyperException as error:
        complain(*_usage_words(error))
        return WRONG_USAGE
    except StudioError as error:
        complain(error.message, error.hint)
        return error.exit_code
    except (MemoryError, RuntimeError) as error:
        found = memory_error(error)
        if found is None:
            raise
        complain(found.message, found.hint)
        return found.exit_code
    return outcome if isinstance(outcome, int) else 0


def _usage_words(error: typer.TyperException) -> tuple[str, str]:
    # The library's usage errors carry a message and the verb's context; its base class does not.
    message: str = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    return message, f"See `{context.command_path if context else 'sslstudio'} --help`."
