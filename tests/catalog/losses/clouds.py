"""Embeddings for the tests of losses: random, constant and as far apart as can be."""

from __future__ import annotations

import torch
from torch import Tensor

from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.engine.joint import PairLoss


def random_views(views: int, images: int, dim: int, seed: int = 0) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(images, dim, generator=generator) for _ in range(views))


def constant_views(views: int, images: int, dim: int) -> tuple[Tensor, ...]:
    direction = torch.linspace(-1.0, 2.0, dim)
    return tuple(direction.repeat(images, 1) for _ in range(views))


def simplex(images: int) -> Tensor:
    """Return the corners of a regular simplex around the origin  # (images, images)."""
    return torch.eye(images) - 1.0 / images


def terms(loss: PairLoss, queries, targets=None, memory=None) -> dict[str, Tensor]:
    return loss.terms(queries, targets or queries, Cosine(), memory)


def value(loss: PairLoss, queries, targets=None, memory=None) -> float:
    return float(terms(loss, queries, targets, memory)["loss"])


def anchor(loss: PairLoss, label: str, *sizes: int, term: str = "loss", **rest) -> float:
    found = [
        a.value
        for a in loss.anchors(*sizes, **rest)
        if a.label.startswith(label) and a.term == term
    ]
    assert len(found) == 1, f"{label!r} among {loss.anchors(*sizes, **rest)}"
    return found[0]
