"""A target branch beside a tiny online network, and the steps that they take together."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from sslstudio.catalog import targets
from sslstudio.catalog.entry import collect
from sslstudio.engine.joint import Target
from tests.catalog.losses.clouds import context_of
from tests.catalog.objectives.tiny import TinyImages

IMAGES, BATCH, DIM = 200, 32, 8
KINDS = sorted(collect(targets))


def images(count: int = IMAGES) -> TinyImages:
    """Return noise, 4 x 4 and gray, the same at each call."""
    generator = torch.Generator().manual_seed(5)
    return TinyImages(torch.rand(count, 1, 4, 4, generator=generator))


def network() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, DIM), nn.BatchNorm1d(DIM))


def branch(kind: str, online: nn.Module, **fields: Any) -> Target:
    """Return a target that knows its online network and has prepared its first epoch."""
    entry = collect(targets)[kind]
    torch.manual_seed(2)
    target = entry.build(entry.spec(**fields), context_of(DIM, IMAGES, batch=BATCH))
    target.attach(online)
    target.before_epoch(0, images(), online, torch.Generator().manual_seed(3))
    return target


def views_of(rows: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return two noisy views of images."""
    generator = torch.Generator().manual_seed(seed)
    clean = images().pixels[rows]
    noise = (0.1 * torch.randn(clean.shape, generator=generator) for _ in range(2))
    first, second = (images().normalised(clean + one) for one in noise)
    return first, second


def look(target: Target, online: nn.Module, rows: Tensor, seed: int = 0) -> tuple[Tensor, ...]:
    """Return what the target says about two views of images."""
    views = views_of(rows, seed)
    return target.embed(views, [online(view) for view in views], rows)


def step(target: Target, online: nn.Module, rows: Tensor, seed: int = 0) -> tuple[Tensor, ...]:
    """Let the online network move a little and the target follow; return its answers."""
    torch.manual_seed(seed)
    answers = look(target, online, rows, seed)
    with torch.no_grad():
        for parameter in online.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
    target.after_step(online, 0.5)
    return answers
