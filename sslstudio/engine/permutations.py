"""Sets of permutations that differ in as many places as possible."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

MOST_ITEMS = 9
"""9! = 362,880 candidates are searched in about a millisecond each time; 10! would take ten."""


def permutation_set(items: int, count: int) -> Tensor:
    """Return different permutations, far apart from each other  # (count, items).

    Greedy (Noroozi & Favaro 2016, arXiv:1603.09246, algorithm 1): each one chosen has the largest
    mean Hamming distance to those before it. Departures: the first is the identity instead of a
    random one, and of several equally far the one with the largest smallest distance is taken,
    then the first in lexicographic order; so the set is always the same.
    """
    if not 2 <= items <= MOST_ITEMS or not 1 <= count <= math.factorial(items):
        raise ValueError(f"There are no {count} permutations of {items} items to choose.")
    return torch.tensor(_chosen(items, count))


@cache
def _chosen(items: int, count: int) -> tuple[tuple[int, ...], ...]:
    everything = np.array(list(itertools.permutations(range(items))), dtype=np.uint8)
    columns = np.ascontiguousarray(everything.T)  # (items, candidates)
    total = np.zeros(len(everything), dtype=np.int64)
    nearest = np.full(len(everything), items + 1, dtype=np.int64)
    picks = [0]
    while len(picks) < count:
        last = everything[picks[-1]]
        distance = np.zeros(len(everything), dtype=np.uint8)
        for column, item in zip(columns, last, strict=True):
            distance += column != item
        total += distance
        np.minimum(nearest, distance, out=nearest)
        # `nearest` is 0 for those already chosen, and never decides against a larger total.
        score = np.where(nearest > 0, total * (items + 2) + nearest, -1)
        picks.append(int(score.argmax()))
    return tuple(tuple(int(item) for item in everything[pick]) for pick in picks)
