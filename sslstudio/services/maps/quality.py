"""How far a map can be trusted: does it invent neighbours, and how many does it keep."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

NEIGHBOURS = 10
SAMPLE = 2000
BLOCK_VALUES = 16_000_000


def map_quality(vectors: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    """Return trustworthiness and the share of neighbours kept, both at 10 neighbours.

    At most 2,000 points are asked, against all the others: trustworthiness is
    1 - 2 / (n k (2n - 3k - 1)) times the sum, over neighbours on the map, of how many places too
    far away they are in the embedding (Venna and Kaski 2001). `vectors` have unit length.
    """
    total = len(vectors)
    count = min(NEIGHBOURS, (total - 1) // 2)
    asked = _sample(total)
    on_map = _nearest_on_map(points, asked, count)
    excess = kept = 0
    rows = max(1, BLOCK_VALUES // total)
    for start in range(0, len(asked), rows):
        block = slice(start, start + rows)
        ranks = _ranks(vectors, asked[block], on_map[block])
        excess += int(np.maximum(ranks - count, 0).sum())
        kept += int((ranks <= count).sum())
    largest = len(asked) * count * (2 * total - 3 * count - 1) / 2
    return 1.0 - excess / largest, kept / (len(asked) * count)


def _sample(total: int) -> np.ndarray:
    if total <= SAMPLE:
        return np.arange(total)
    return np.sort(np.random.default_rng(0).choice(total, SAMPLE, replace=False))


def _nearest_on_map(points: np.ndarray, asked: np.ndarray, count: int) -> np.ndarray:
    # One more than wanted, because a point finds itself; among twins it may find another first.
    _, found = cKDTree(points).query(points[asked], k=count + 1)
    is_self = found == asked[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return np.asarray(found[~is_self].reshape(len(asked), count))


def _ranks(vectors: np.ndarray, asked: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which nearest neighbour, counted from one, each of `others` (m, k) really is."""
    similarity = vectors[asked] @ vectors.T  # (m, n)
    similarity[np.arange(len(asked)), asked] = -np.inf
    theirs = np.take_along_axis(similarity, others, axis=1)
    ranks = np.empty(others.shape, dtype=np.int64)
    for place in range(others.shape[1]):
        ranks[:, place] = (similarity > theirs[:, place, None]).sum(axis=1) + 1
    return ranks
