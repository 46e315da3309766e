"""The generated data set: ten shapes whose every factor is known."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np

from sslstudio.services.datasets.collection import Collection
from sslstudio.services.datasets.image_set import HELD_OUT, Watch
from sslstudio.services.datasets.outlines import OUTLINES
from sslstudio.services.datasets.painting import paint
from sslstudio.services.datasets.scene import SIDE, Scenes, draw_scenes

TRAIN: Final = 10_000
TEST: Final = 2_000
VERSION: Final = "1"
"""Part of the cache's key; a test pins the hash of the pictures."""
_CHUNK: Final = 100
_NOISE_SEED: Final = 72


def make_shapes(watch: Watch, *, upright: bool) -> Collection:
    """Return 12,000 colour images with their factors, always the same to the byte."""
    scenes = draw_scenes(TRAIN, TEST, upright=upright)
    images = np.empty((TRAIN + TEST, 3, SIDE, SIDE), dtype=np.uint8)
    noise = np.random.PCG64(_NOISE_SEED)
    done = 0
    for shape in range(len(OUTLINES)):
        members = np.flatnonzero(scenes.shape == shape)
        for start in range(0, len(members), _CHUNK):
            chosen = members[start : start + _CHUNK]
            images[chosen] = paint(scenes, chosen, _bytes(noise, len(chosen)))
            done += len(chosen)
            watch.step(done, len(images))
    split = np.zeros(len(images), dtype=np.int8)
    split[TRAIN:] = HELD_OUT
    return Collection(
        images=images,
        labels=scenes.shape,
        class_names=tuple(OUTLINES),
        split=split,
        factors=MappingProxyType(_factors(scenes)),
    )


def _factors(scenes: Scenes) -> dict[str, np.ndarray]:
    return {
        "shape": scenes.shape,
        "colour": scenes.colour,
        "texture": scenes.texture,
        "background": scenes.background,
        "position": scenes.position.astype(np.float32),
        "scale": scenes.scale.astype(np.float32),
        "rotation": scenes.rotation.astype(np.float32),
    }


def _bytes(generator: np.random.PCG64, images: int) -> np.ndarray:
    words = generator.random_raw(images * 2 * SIDE * SIDE // 8).astype("<u8")
    return words.view(np.uint8).reshape(images, 2, SIDE * SIDE)
