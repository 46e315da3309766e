"""Surroundings of a loss for the tests of its doubts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sslstudio.domain.spec import LossSpec, TargetSpec, Wiring


def wiring(target: TargetSpec, loss: LossSpec, **rest: Any) -> Wiring:
    """Return two views of 256 images in 128 dimensions, changed by `rest`."""
    given = {"batch_size": 256, "views": 2, "global_views": 2, "dim": 128, **rest}
    known = {field.name for field in fields(Wiring)}
    return Wiring(target=target, **({"loss": loss} if "loss" in known else {}), **given)
