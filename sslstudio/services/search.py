"""Finding the images most alike to a given one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sslstudio.services.embedding import Embeddings
from sslstudio.services.retrieval import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One image of the answer, the most alike first."""

    rank: int
    index: int
    path: str
    score: float
    label: str


def search(query: npt.NDArray[np.float32], embeddings: Embeddings, count: int) -> tuple[Hit, ...]:
    """Return the `count` images whose embeddings are most alike to the query's  # (dim,)."""
    indices, scores = nearest(query, embeddings.vectors, count)
    words = embeddings.label_words()
    return tuple(
        Hit(
            rank=rank,
            index=int(index),
            path=embeddings.paths[int(index)],
            score=float(score),
            label=words[int(index)],
        )
        for rank, (index, score) in enumerate(zip(indices, scores, strict=True), start=1)
    )
