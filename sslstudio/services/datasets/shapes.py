"""The generated data sets: ten shapes, still or moving, whose every factor is known."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from sslstudio.services.datasets.collection import Collection
from sslstudio.services.datasets.image_set import HELD_OUT, Watch
from sslstudio.services.datasets.moving import FRAMES, draw_moving_scenes
from sslstudio.services.datasets.outlines import OUTLINES
from sslstudio.services.datasets.painting import paint
from sslstudio.services.datasets.scene import SIDE, Scenes, draw_scenes

TRAIN: Final = 10_000
TEST: Final = 2_000
VERSION: Final = "1"
"""Part of the cache's key; a test pins the hash of the pictures."""
_CHUNK: Final = 100
_NOISE_SEED: Final = 72
_VIDEO_NOISE_SEED: Final = 74


def make_shapes(watch: Watch, *, upright: bool) -> Collection:
    """Return 12,000 colour images with their factors, always the same to the byte."""
    return _painted(draw_scenes(TRAIN, TEST, upright=upright), _NOISE_SEED, watch)


def make_shapes_video(watch: Watch) -> Collection:
    """Return 600 clips of 20 frames with their factors, always the same to the byte."""
    scenes = draw_moving_scenes(TRAIN // FRAMES, TEST // FRAMES)
    clips = np.arange(TRAIN + TEST, dtype=np.int64) // FRAMES
    return replace(_painted(scenes, _VIDEO_NOISE_SEED, watch), sequence=clips)


def _painted(scenes: Scenes, noise_seed: int, watch: Watch) -> Collection:
    images = np.empty((TRAIN + TEST, 3, SIDE, SIDE), dtype=np.uint8)
    noise = np.random.PCG64(noise_seed)
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
