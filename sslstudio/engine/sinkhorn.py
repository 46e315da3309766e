"""Sinkhorn-Knopp: codes that use every prototype alike (Cuturi 2013, arXiv:1306.0895).

Starting from exp(scores / epsilon), columns (prototypes) and rows (images) are scaled in turn:
each prototype to the same total, then each image to 1, as in SwAV (Caron et al. 2020,
arXiv:2006.09882, eq. 4). The smaller epsilon is, the sharper the codes.

Departures: the scaling is done on logarithms in fp32, so that nothing overflows (scores of .56
divided by .05 leave fp16) and a prototype far from all images does not become 0 / 0.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor


@torch.no_grad()
def balanced_codes(scores: Tensor, *, epsilon: float, iterations: int) -> Tensor:
    """Return a distribution over prototypes for each image  # (n, prototypes), fp32.

    Rows sum to 1 exactly, columns to n / prototypes the more closely the more iterations. Without
    iterations each row is its own softmax and nothing balances the prototypes.
    """
    with full_precision(scores):
        logarithms = scores.float() / epsilon
        for _ in range(iterations):
            logarithms = logarithms.log_softmax(dim=0)
            logarithms = logarithms.log_softmax(dim=1)
        return logarithms.softmax(dim=1)


def code_report(codes: Tensor) -> dict[str, Tensor]:
    """Return what a person reads about codes  # (n, prototypes).

    `code usage` is exp(entropy of the mean code) / prototypes, 1 if all are used alike;
    `code sharpness` is 1 - mean entropy / ln(prototypes), 1 if each image has one prototype.
    """
    prototypes = codes.shape[1]
    whole = torch.special.entr(codes.mean(dim=0)).sum()
    own = torch.special.entr(codes).sum(dim=1).mean()
    return {
        "code usage": whole.exp() / prototypes,
        "code sharpness": 1.0 - own / math.log(prototypes),
    }


def code_anchors(prototypes: int) -> tuple[Anchor, ...]:
    """Return what usage and sharpness become in either collapse."""
    return (
        Anchor(
            term="code usage",
            label="1 / K",
            value=1.0 / prototypes,
            meaning="All images share one prototype.",
            kind="collapse",
        ),
        Anchor(
            term="code usage",
            label="balanced",
            value=1.0,
            meaning="All prototypes are used alike.",
            kind="bound",
        ),
        Anchor(
            term="code sharpness",
            label="uniform",
            value=0.0,
            meaning="A code says nothing about its image.",
            kind="collapse",
        ),
    )
