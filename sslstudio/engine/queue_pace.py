"""How fast a teacher may move while a queue remembers what it said."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import Wiring

REPLACED: Final = 0.75
"""Share of the teacher's weights that may be exchanged while a key is in the queue. With .92 MoCo
v2's embeddings z of CIFAR-10 fell to 1.1 directions in 400 steps of AdamW at .003 (validation kNN
.29, untrained .26; one seed, 2026-11-27); with .22 they kept 24 (.41)."""
ADVISED: Final = 0.2
"""The share that the remedy aims at."""
FIRST: Final = "objective.target.start"
LAST: Final = "objective.target.end"


def doubts_of_pace(start: float, end: float, stored: int, wiring: Wiring) -> Iterator[Problem]:
    """Yield whether the teacher is another network before the queue has forgotten the old one.

    Old keys then lie together where no new one does, and queries need only keep away from there.
    """
    if wiring.global_views == 0:
        return
    steps = stored / (wiring.global_views * (wiring.step_images or wiring.batch_size))
    replaced = 1.0 - start**steps
    if replaced <= REPLACED:
        return
    slower = min(math.ceil(10_000 * (1.0 - ADVISED) ** (1.0 / steps)), 9999) / 10_000
    edits = ((FIRST, slower),) if end >= slower else ((FIRST, slower), (LAST, slower))
    yield Problem(
        FIRST,
        "warning",
        f"A key stays in the queue for {steps:.0f} steps, in which the teacher exchanges "
        f"{replaced:.0%} of its weights: old keys lie where new ones never do, and embeddings may "
        "collapse on keeping away from them.",
        Fix(f"Set the momentum to {slower:g}", edits),
    )
