"""What losses with a margin share: negatives that are far enough away cost nothing."""

from __future__ import annotations

from sslstudio.engine.contrast import Crowd
from sslstudio.engine.parts import Anchor


def margin_anchors(crowd: Crowd, *, alike: str, value: float, apart: str) -> tuple[Anchor, ...]:
    """Return what equal embeddings cost and the least loss; nothing without negatives.

    Args:
        crowd: the negatives of a query
        alike: the formula of the loss where every embedding is the same
        value: what that formula gives
        apart: what is true of embeddings that cost nothing
    """
    if crowd.size == 0:
        return ()
    return (
        Anchor(
            term="loss",
            label=f"all alike: {alike}",
            value=value,
            meaning="Every embedding is the same.",
            kind="collapse",
        ),
        Anchor(term="loss", label="floor", value=0.0, meaning=apart, kind="bound"),
    )
