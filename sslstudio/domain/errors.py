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


class OutOfMemoryError(StudioError):
    """There is not enough memory, on the machine or its graphics card, for what was asked."""


def memory_error(error: BaseException) -> OutOfMemoryError | None:
    """Return a sentence if an exception of any library means that memory ran out, else None."""
    words = str(error).lower()
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    told = isinstance(error, RuntimeError) and (
        "allocate memory" in words or "out of memory" in words or "not enough memory" in words
    )
    if not (known or told):
        return None
    return OutOfMemoryError(
        "There is not enough memory for this.",
        "Close other programs, or choose a smaller batch, encoder, view size or resolution.",
    )
