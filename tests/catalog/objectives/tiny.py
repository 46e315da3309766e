"""A few small images, a small encoder and the least loop that trains an objective on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from sslstudio.catalog.catalog import load_catalog
from sslstudio.catalog.encoders.convnet import Convnet, ConvnetSpec
from sslstudio.catalog.encoders.patch_grid import PatchGrid
from sslstudio.catalog.encoders.vit import Vit, VitSpec
from sslstudio.domain.spec import Spec
from sslstudio.engine.parts import Batch, BuildContext, Objective

MEAN, DEVIATION = 0.3, 0.4


@dataclass(frozen=True)
class TinyImages:
    """Images in memory, normalised by one mean and one deviation."""

    pixels: Tensor
    chunk: int = 100
    labels: Tensor | None = None

    @property
    def count(self) -> int:
        return len(self.pixels)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.arange(self.count).split(self.chunk):
            yield rows, self.pixels[rows]

    def normalised(self, images: Tensor) -> Tensor:
        return (images - MEAN) / DEVIATION


def digits(count: int = 500) -> TinyImages:
    """Return scikit-learn's digits, 8 x 8 and gray, sorted as they come."""
    found = load_digits()
    pixels = torch.tensor(found.images[:count, None] / 16.0, dtype=torch.float32)
    return TinyImages(pixels, labels=torch.tensor(found.target[:count]))


def noise_images(count: int, channels: int, size: int) -> TinyImages:
    return TinyImages(torch.rand(count, channels, size, size))


def no_nested_parts(spec: Spec, _context: BuildContext) -> None:
    raise AssertionError(f"{spec.kind} is not needed here")


def context_for(images: TinyImages, views: int = 2, *, with_encoder: bool = True) -> BuildContext:
    channels, size = images.pixels.shape[1:3]
    encoder = Convnet(ConvnetSpec(width=16, stages=2, convolutions=1), channels)
    return BuildContext(
        channels=channels,
        size=size,
        view_size=size,
        views=views,
        classes=10,
        train_images=images.count,
        batch_size=64,
        builder=no_nested_parts,
        encoder=encoder if with_encoder else None,
    )


def with_parts(context: BuildContext) -> BuildContext:
    """Return a context that can build nested parts of the real catalogue."""
    return replace(context, builder=load_catalog().build)


def with_patches(context: BuildContext, **fields: object) -> BuildContext:
    """Return a context whose encoder works on patches."""
    spec = VitSpec(**{"patch": 2, "depth": 2, **fields})
    return replace(context, encoder=Vit(spec, context.channels, context.view_size))


def with_grid(context: BuildContext, patch: int) -> BuildContext:
    """Return a context whose encoder sees images through patches of this side, one by one."""
    return replace(context, encoder=PatchGrid(context.require_encoder(), patch))


def jitter(images: Tensor) -> Tensor:
    """Return images shifted by up to one pixel and with another contrast."""
    shift = tuple(torch.randint(-1, 2, (2,)).tolist())
    contrast = 0.7 + 0.6 * torch.rand(len(images), 1, 1, 1)
    return (images.roll(shift, dims=(2, 3)) * contrast).clamp(0.0, 1.0)


def as_they_are(images: Tensor) -> Tensor:
    return images


def batch_of(
    images: TinyImages,
    rows: Tensor,
    views: int = 2,
    augment: Callable[[Tensor], Tensor] = as_they_are,
) -> Batch:
    clean = images.pixels[rows]
    return Batch(
        views=tuple(images.normalised(augment(clean)) for _ in range(views)),
        images=clean,
        indices=rows,
        labels=rows % 10 if images.labels is None else images.labels[rows],
    )


def optimizers_of(objective: Objective, rate: float) -> dict[str, torch.optim.Optimizer]:
    return {
        player.name: torch.optim.Adam(
            [{"params": g.parameters, "lr": rate * g.rate} for g in player.groups]
        )
        for player in objective.players()
    }


def step(
    objective: Objective, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], seed: int = 0
) -> dict[str, float]:
    """Let every player step once, as the training loop does."""
    torch.manual_seed(seed)
    shown: dict[str, float] = {}
    for player, optimizer in optimizers.items():
        objective.zero_grad()
        terms = objective.terms(batch, player)
        terms["loss"].backward()
        optimizer.step()
        prefix = "" if len(optimizers) == 1 else f"{player}: "
        shown |= {prefix + name: float(value.detach()) for name, value in terms.items()}
    objective.after_step(0.5)
    return shown


def train(
    objective: Objective,
    images: TinyImages,
    *,
    epochs: int,
    augment: Callable[[Tensor], Tensor] = as_they_are,
    views: int = 1,
    rate: float = 3e-3,
) -> dict[str, float]:
    """Return the terms averaged over the last epoch of a short training."""
    optimizers = optimizers_of(objective, rate)
    seen: list[dict[str, float]] = []
    for epoch in range(epochs):
        generator = torch.Generator().manual_seed(epoch)
        objective.before_epoch(epoch, images, generator)
        order = torch.randperm(images.count, generator=generator)
        seen = [
            step(objective, batch_of(images, rows, views, augment), optimizers, seed=number)
            for number, rows in enumerate(order.split(64))
            if len(rows) == 64
        ]
    return {name: sum(terms[name] for terms in seen) / len(seen) for name in seen[0]}
