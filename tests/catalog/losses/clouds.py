"""Embeddings for the tests of losses: random, constant and as far apart as can be."""

from __future__ import annotations

import torch
from torch import Tensor

from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.domain.spec import Spec
from sslstudio.engine.joint import PairLoss
from sslstudio.engine.parts import BuildContext


def no_nested_parts(spec: Spec, _context: BuildContext) -> None:
    raise AssertionError(f"{spec.kind} is not needed here")


def context_of(dim: int, images: int = 64, *, batch: int = 8, views: int = 2) -> BuildContext:
    """Return what a loss may know about a run with embeddings of this width."""
    return BuildContext(
        channels=3,
        size=32,
        view_size=32,
        views=views,
        train_images=images,
        batch_size=batch,
        builder=no_nested_parts,
        dim=dim,
    )


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
    return float(terms(loss, queries, targets, memory)["loss"].detach())


def anchor(loss: PairLoss, label: str, *sizes: int, term: str = "loss", **rest) -> float:
    found = [
        a.value
        for a in loss.anchors(*sizes, **rest)
        if a.label.startswith(label) and a.term == term
    ]
    assert len(found) == 1, f"{label!r} among {loss.anchors(*sizes, **rest)}"
    return found[0]
