"""Classification by the labels of the nearest embeddings (Wu et al. 2018, arXiv:1805.01978).

Each of the k nearest by cosine votes for its class with e^(cos / t) (section 3.4).

Departures: k = 20 as in DINO (Caron et al. 2021, arXiv:2104.14294, section 4), not 200.
"""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

NEIGHBOURS: Final = 20
TEMPERATURE: Final = 0.07
CHUNK: Final = 512


@torch.no_grad()
def nearest(queries: Tensor, bank: Tensor, neighbours: int = NEIGHBOURS) -> tuple[Tensor, Tensor]:
    """Return cosines and rows of each query's nearest bank entries, best first.

    Equal cosines stand in the order of their rows.  # (q, k), (q, k)
    """
    count = min(neighbours, len(bank))
    unit = F.normalize(bank.float(), dim=1)
    found = [
        _top(F.normalize(chunk.float(), dim=1) @ unit.T, count) for chunk in queries.split(CHUNK)
    ]
    return torch.cat([cosines for cosines, _ in found]), torch.cat([rows for _, rows in found])


def _top(similarity: Tensor, count: int) -> tuple[Tensor, Tensor]:
    cosines, rows = similarity.topk(count, dim=1)  # (chunk, count)
    by_row = rows.argsort(dim=1)
    rows, cosines = rows.gather(1, by_row), cosines.gather(1, by_row)
    order = cosines.argsort(dim=1, descending=True, stable=True)
    return cosines.gather(1, order), rows.gather(1, order)


@torch.no_grad()
def vote(
    queries: Tensor,
    bank: Tensor,
    bank_labels: Tensor,
    neighbours: int = NEIGHBOURS,
    temperature: float = TEMPERATURE,
) -> Tensor:
    """Return the class that each query's neighbours vote for, weighted by e^(cos / t).

    Wu et al. 2018, arXiv:1805.01978, section 3.4; k = 20 and t = .07 as in DINO (Caron et al.
    2021, arXiv:2104.14294, appendix F.1). Bank labels are classes from 0; a tie goes to the
    lower class.  # (q, d), (n, d), (n,) -> (q,)
    """
    cosines, rows = nearest(queries, bank, neighbours)
    # Subtracting each query's best cosine changes no vote and keeps small temperatures finite.
    weights = ((cosines - cosines[:, :1]) / temperature).exp()  # (q, k)
    labels = bank_labels[rows]  # (q, k)
    votes = weights.new_zeros(len(weights), int(bank_labels.max()) + 1)  # (q, classes)
    for place in range(rows.shape[1]):
        # One neighbour at a time: no two sums meet, so the order of additions is fixed.
        votes.scatter_add_(1, labels[:, place : place + 1], weights[:, place : place + 1])
    return votes.argmax(dim=1)


@torch.no_grad()
def knn_accuracy(
    bank: Tensor,
    bank_labels: Tensor,
    queries: Tensor,
    labels: Tensor,
    *,
    k: int = NEIGHBOURS,
    temperature: float = TEMPERATURE,
) -> float:
    """Return the share of queries whose neighbours in the bank vote for the right label."""
    guesses = vote(queries, bank, bank_labels, k, temperature)
    return float((guesses == labels).float().mean())
