"""Two views of one image: which pairs a loss compares."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError

Pair = tuple[Tensor, Tensor]


def require_views(queries: Sequence[Tensor]) -> None:
    """Raise RecipeError unless there are two views and two images to compare."""
    if len(queries) < 2:
        raise RecipeError(
            "This loss compares views of one image and there is one view only.",
            "Let the views draw at least two copies of each image.",
        )
    if len(queries[0]) < 2:
        raise RecipeError(
            "This loss compares images with each other and the batch holds one image only.",
            "Set the batch to two images or more.",
        )


def pairs_of(queries: Sequence[Tensor], targets: Sequence[Tensor]) -> list[Pair]:
    """Return (query of one view, target of another) in fp32, every ordered pair once.

    Views beyond the last target are local: they only ask.

    Where both branches are the same tensors, (b, a) repeats (a, b) for every loss that treats
    its two sides alike, so unordered pairs are enough.
    """
    paired = zip(queries, targets, strict=False)
    alike = len(queries) == len(targets) and all(query is target for query, target in paired)
    order = (
        list(itertools.combinations(range(len(queries)), 2))
        if alike
        else ordered_pairs(len(queries), len(targets))
    )
    return [(queries[a].float(), targets[b].float()) for a, b in order]


def ordered_pairs(queries: int, targets: int) -> list[tuple[int, int]]:
    """Return (query view, target view) for every two different views.

    The first `targets` views have a target; local views beyond them only ask.
    """
    return [(a, b) for a, b in itertools.product(range(queries), range(targets)) if a != b]


def mean_over(pairs: Sequence[Pair], measure: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the mean of a measure over pairs of views."""
    return torch.stack([measure(query, target) for query, target in pairs]).mean(dim=0)
