"""How hard each single image is for a model: its own loss, or how far apart its views land.

Where an objective prices every image by itself (pretext tasks, reconstructions), that price is
the number. The loss of a contrastive, redundancy or clustering objective belongs to a batch: one
image's share of it changes with its company. There the number is the image's alignment,
1 - cos(z_a, z_b) for two augmented views: half the squared distance of unit vectors (Wang & Isola
2020, arXiv:2005.10242, eq. 1 with alpha = 2, halved).

Departures: the mean over two draws of a pair, because one draw says as much about the crops as
about the image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.engine.observe import draw_batch, encode
from sslstudio.engine.own_dice import OwnDice
from sslstudio.engine.parts import Batch
from sslstudio.engine.plan import Parts, Plan, ViewSource
from sslstudio.engine.precision import autocast
from sslstudio.engine.sampling import seed_of, seeded

CHUNK_PIXELS = 2**20
"""Large images come in small chunks, which fit into memory and can be stopped soon."""
LARGEST_CHUNK = 256
DRAWS = 2
Kind = Literal["loss", "alignment"]


@dataclass(frozen=True, slots=True)
class Difficulty:
    """A number for each image, larger for harder ones, and what it is."""

    values: Tensor  # (images,), float32, on the CPU
    kind: Kind


def difficulty(
    parts: Parts, plan: Plan, rows: Tensor, report: Callable[[int, int], None]
) -> Difficulty:
    """Return the difficulty of these rows of the plan's images for the present weights.

    The views are drawn by the run's own pipelines, always the same ones for the same rows;
    `report` receives how many images are done and may raise to stop.
    """
    objective = parts.objective.eval()
    found: list[Tensor] = []
    kind: Kind = "loss"
    # Tasks that draw (hidden patches, noise) draw the same for the same rows, and beside a
    # training that may be going on.
    with torch.no_grad(), OwnDice(seed_of(plan.seed, "difficulty")):
        size = chunk_of(plan.store.size)
        for number, chunk in enumerate(rows.split(size)):
            report(number * size, len(rows))
            generator = seeded("cpu", plan.seed, "difficulty", number)
            indices = torch.arange(len(chunk))
            batches = [draw_batch(parts, plan, chunk, indices, generator) for _ in range(DRAWS)]
            with autocast(plan.compute):
                losses = [objective.image_losses(batch) for batch in batches]
            known = [values.float() for values in losses if values is not None]
            if not known and kind == "loss":
                # Two views are enough from now on; multi-crop has up to ten.
                kind, parts = "alignment", replace(parts, views=_first_two(parts.views))
            each = torch.stack(known).mean(dim=0) if known else _apart(parts, plan, batches)
            found.append(each.cpu())
    report(len(rows), len(rows))
    return Difficulty(torch.cat(found) if found else torch.zeros(0), kind)


def chunk_of(size: int) -> int:
    """Return how many images of this height and width are measured at a time."""
    return max(1, min(LARGEST_CHUNK, CHUNK_PIXELS // size**2))


def _first_two(sources: tuple[ViewSource, ...]) -> tuple[ViewSource, ...]:
    """Return the sources of a step's first two views."""
    first, *others = sources
    if first.copies > 1 or not others:
        return (replace(first, copies=min(2, first.copies)),)
    return first, replace(others[0], copies=1)


def _apart(parts: Parts, plan: Plan, batches: list[Batch]) -> Tensor:
    """Return 1 - cos of two views' embeddings, averaged over pairs of views  # (batch,)."""
    # With one view a step, the second of a pair comes from the next draw.
    views = [view for batch in batches for view in batch.views[:2]]
    embedded = [
        F.normalize(parts.objective.project(encode(parts.encoder, view, plan.compute)).float())
        for view in views
    ]
    pairs = zip(embedded[::2], embedded[1::2], strict=True)
    apart = torch.stack([1.0 - (first * second).sum(dim=1) for first, second in pairs])
    return apart.mean(dim=0).clamp_min(0.0)
