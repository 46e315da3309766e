"""The images whose embeddings are nearest to a query, found exactly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslstudio.domain.errors import DataError, InputError

# Rows that are compared at once: 65,536 x 512 float32 are 134 MB, and one of them costs 6 ms.
ROWS = 65_536

Vectors = np.ndarray | Tensor


def nearest(
    query: Vectors, vectors: Vectors, k: int, exclude: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and cosine similarities of the k vectors nearest to `query` (d,), best first.

    `exclude` leaves one row of `vectors` (n, d) out: the query itself. Fewer than k are returned
    if there are not more.
    """
    excluded = None if exclude is None else np.array([exclude])
    indices, scores = nearest_to_each(query[None], vectors, k, excluded)
    return indices[0], scores[0]


def nearest_to_each(
    queries: Vectors, vectors: Vectors, k: int, exclude: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return indices (m, k) and cosine similarities for every one of the `queries` (m, d).

    Works where `vectors` (n, d) lie, in slices, so that memory stays bounded; `exclude` names one
    row of `vectors` for each query.
    """
    bank = _tensor(vectors)
    asked = normalize(_tensor(queries).to(bank.device, torch.float32), dim=1)
    _check(asked, bank, k)
    left_out = None if exclude is None else torch.as_tensor(exclude, device=bank.device)
    wanted = min(k, len(bank) - (left_out is not None))
    best_scores = asked.new_full((len(asked), 0), 0.0)
    best_indices = torch.empty((len(asked), 0), dtype=torch.long, device=bank.device)
    for start in range(0, len(bank), ROWS):
        rows = normalize(bank[start : start + ROWS].float(), dim=1)
        scores = asked @ rows.T  # (m, rows)
        if left_out is not None:
            _leave_out(scores, left_out - start)
        found = scores.topk(min(wanted, len(rows)), dim=1)
        scores = torch.cat([best_scores, found.values], dim=1)
        indices = torch.cat([best_indices, found.indices + start], dim=1)
        best_scores, order = scores.topk(min(wanted, scores.shape[1]), dim=1)
        best_indices = indices.gather(1, order)
    return best_indices.cpu().numpy(), best_scores.cpu().numpy()


def _tensor(values: Vectors) -> Tensor:
    return values if isinstance(values, Tensor) else torch.from_numpy(np.ascontiguousarray(values))


def _check(asked: Tensor, bank: Tensor, k: int) -> None:
    if k < 1:
        raise InputError(f"{k} neighbours were asked for.", "Ask for at least one.")
    if asked.shape[1] != bank.shape[1]:
        raise DataError(
            f"The query has {asked.shape[1]} values, the searched embeddings {bank.shape[1]}.",
            "Embed both with the same encoder.",
        )
    if not torch.isfinite(asked).all():
        raise DataError(
            "The query's embedding is not a number.",
            "Training has diverged at this checkpoint; choose an earlier one.",
        )


def _leave_out(scores: Tensor, rows: Tensor) -> None:
    """Make the row that each query leaves out the worst, if it lies in this slice."""
    here = ((rows >= 0) & (rows < scores.shape[1])).nonzero()[:, 0]
    scores[here, rows[here]] = -torch.inf
