"""Where the product's own files and the user's files lie."""

from __future__ import annotations

from pathlib import Path

import platformdirs

import sslstudio

APPLICATION = "sslstudio"


def resources() -> Path:
    """Return the folder of preset recipes, icons and texts, installed or in a checkout."""
    return _shipped("resources")


def starter_models() -> Path:
    """Return the folder of encoders that come with the product."""
    return _shipped("models")


def runs_folder() -> Path:
    """Return the library's default place, in the user's data folder."""
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False)) / "runs"


def cache_folder() -> Path:
    """Return the place of files that can be made again."""
    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def _shipped(name: str) -> Path:
    package = Path(sslstudio.__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
