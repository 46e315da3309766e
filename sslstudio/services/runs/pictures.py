"""Pictures that training leaves for the window, as compressed arrays without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sslstudio.services.files import write_atomically


def write_pictures(file: Path, arrays: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    """Write pictures by name  # each uint8 (..., height, width, 3)."""
    file.parent.mkdir(exist_ok=True)
    write_atomically(file, lambda temporary: _write(temporary, arrays))


def _write(temporary: Path, arrays: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    with temporary.open("wb") as file:
        # Captions are a person's words: savez takes them as names of entries.
        np.savez_compressed(file, allow_pickle=False, **dict(arrays))
