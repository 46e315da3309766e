"""Errors whose text is written for the person who reads it."""


class StudioError(Exception):
    """Something a person can act on: `message` says what and where, `hint` what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(StudioError):
    """What was asked for or handed in cannot be used: a wrong path, value, recipe or file."""

    exit_code = 2


class RecipeError(InputError):
    """A recipe that cannot be read or built."""


class DataError(InputError):
    """Images that cannot be read or used for training."""


class RunError(InputError):
    """A run folder that cannot be created, opened or resumed."""


class TrainingError(StudioError):
    """Training began and could not go on: a loss that is not a number, memory or disk full."""


class CancelledError(StudioError):
    """The user asked for this work to stop."""

    exit_code = 130
