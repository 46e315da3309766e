"""Building augmentations for tests."""

from __future__ import annotations

from typing import Any

import torch

from sslstudio.catalog import augmentations
from sslstudio.catalog.entry import collect
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.parts import Augmentation, BuildContext

ENTRIES = collect(augmentations)


def build(spec: AugmentationSpec, context: BuildContext) -> Augmentation:
    built: Augmentation = ENTRIES[spec.kind].build(spec, context)
    return built


def context(view_size: int = 32, channels: int = 3, **fields: Any) -> BuildContext:
    """Return a context for views of this size, with statistics unless told otherwise."""
    statistics = {
        "channel_mean": (0.4, 0.5, 0.6)[:channels],
        "channel_std": (0.2, 0.25, 0.3)[:channels],
    }
    return BuildContext(
        channels=channels,
        size=32,
        view_size=view_size,
        views=2,
        train_images=100,
        batch_size=8,
        builder=build,
        **{**statistics, **fields},
    )


def augmentation(kind: str, view_size: int = 32, channels: int = 3, **fields: Any) -> Augmentation:
    """Return the working part of this kind with these settings."""
    return build(ENTRIES[kind].spec.model_validate(fields), context(view_size, channels))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
