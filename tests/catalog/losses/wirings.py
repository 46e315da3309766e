"""Surroundings of a loss for the tests of its doubts."""

from __future__ import annotations

from typing import Any

from sslstudio.domain.spec import LossSpec, TargetSpec, Wiring


def wiring(target: TargetSpec, loss: LossSpec, **rest: Any) -> Wiring:
    """Return two views of 256 images in 128 dimensions, changed by `rest`."""
    given = {"batch_size": 256, "views": 2, "global_views": 2, "dim": 128, **rest}
    return Wiring(target=target, loss=loss, **given)
