"""How fast views are made: batched tensor code against PIL images in two worker processes.

Both sides take their turn in short repeats and the best of each counts, so that whatever else the
machine does hits both alike. The workers return only a number: a real loader would also have to
send its views to the trainer, which makes the comparison kind to them.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms

from sslstudio.catalog.augmentations.color_jitter import ColorJitter, ColorJitterSpec
from sslstudio.catalog.augmentations.gaussian_blur import GaussianBlur, GaussianBlurSpec
from sslstudio.catalog.augmentations.grayscale import Grayscale, GrayscaleSpec
from sslstudio.catalog.augmentations.horizontal_flip import HorizontalFlip, HorizontalFlipSpec
from sslstudio.catalog.augmentations.random_resized_crop import (
    RandomResizedCrop,
    RandomResizedCropSpec,
)
from sslstudio.engine.views import Normalise, Pipeline

VIEWS = 2
WORKERS = 2
STATISTICS = ((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))


@dataclass(frozen=True, slots=True)
class Case:
    """SimCLR's pipeline at one size, with or without blur."""

    size: int
    batch: int
    blur: bool

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.size}px{'_blur' if self.blur else ''}"


CASES = (Case(32, 256, blur=False), Case(32, 256, blur=True), Case(96, 64, blur=True))


def measure(seconds_per_case: float) -> dict[str, float]:
    """Return images per second, two views of each, on every side of every case, by name.

    The sides are the batched code on all threads and on one, and PIL in worker processes.
    """
    results: dict[str, float] = {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=spawn) as pool:
        for case in CASES:
            for side, rate in _race(case, pool, seconds_per_case).items():
                results[f"augmentation_{case.name}_{side}_images_per_second"] = rate
    return results


def _race(case: Case, pool: ProcessPoolExecutor, seconds: float) -> dict[str, float]:
    """Return the best images per second of each side; they take turns."""
    threads = torch.get_num_threads()
    sides: dict[str, Callable[[], int]] = {
        "all_threads": _batched_side(case, threads),
        "one_thread": _batched_side(case, 1),
        "pil": _pillow_side(case, pool),
    }
    best = dict.fromkeys(sides, 0.0)
    for warm_up in sides.values():
        warm_up()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, side in sides.items():
            start = time.perf_counter()
            images = side()
            best[name] = max(best[name], images / (time.perf_counter() - start))
    torch.set_num_threads(threads)
    return best


def _batched_side(case: Case, threads: int) -> Callable[[], int]:
    images = _pictures(case.batch, case.size)
    pipeline = _batched_pipeline(case)
    generator = torch.Generator().manual_seed(0)

    def side() -> int:
        torch.set_num_threads(threads)
        for _ in range(VIEWS):
            pipeline(images, generator)
        return len(images)

    return side


def _pillow_side(case: Case, pool: ProcessPoolExecutor) -> Callable[[], int]:
    share = min(case.batch, 64)
    pixels = _pictures(share, case.size).numpy()
    tasks = [(case, pixels, seed) for seed in range(WORKERS)]

    def side() -> int:
        return sum(pool.map(_work_with_pillow, tasks)) // VIEWS

    return side


def _batched_pipeline(case: Case) -> Pipeline:
    blur = [GaussianBlur(GaussianBlurSpec())] if case.blur else []
    return Pipeline(
        [
            RandomResizedCrop(RandomResizedCropSpec(), case.size),
            HorizontalFlip(HorizontalFlipSpec()),
            ColorJitter(ColorJitterSpec()),
            Grayscale(GrayscaleSpec()),
            *blur,
            Normalise(*STATISTICS),
        ]
    )


def _pillow_pipeline(case: Case) -> transforms.Compose:
    taps = max(3, case.size // 10 // 2 * 2 + 1)
    blur = transforms.RandomApply([transforms.GaussianBlur(taps, (0.1, 2.0))], p=0.5)
    jitter = transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(case.size, scale=(0.2, 1.0)),
            transforms.RandomHorizontalFlip(),
            transforms.RandomApply([jitter], p=0.8),
            transforms.RandomGrayscale(0.2),
            *([blur] if case.blur else []),
            transforms.ToTensor(),
            transforms.Normalize(*STATISTICS),
        ]
    )


def _work_with_pillow(task: tuple[Case, np.ndarray, int]) -> int:
    """Return how many views were made, in a worker process."""
    case, pixels, seed = task
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    pipeline = _pillow_pipeline(case)
    pictures = [Image.fromarray(picture.transpose(1, 2, 0)) for picture in pixels]
    views = torch.stack([pipeline(picture) for picture in pictures for _ in range(VIEWS)])
    return len(views)


def _pictures(count: int, size: int) -> Tensor:
    """Return pictures with gradients, edges and grain  # uint8 (count, 3, size, size)."""
    generator = torch.Generator().manual_seed(0)
    place = torch.linspace(0, 6, size)
    slope = torch.rand(count, 3, 2, 1, 1, generator=generator)
    waves = torch.sin(slope[:, :, 0] * place.view(-1, 1) + 2 * slope[:, :, 1] * place)
    grain = 0.1 * torch.rand(count, 3, size, size, generator=generator)
    edges = 0.3 * (waves > 0.5)
    return ((0.5 + 0.3 * waves + edges + grain).clamp(0, 1) * 255).to(torch.uint8)


def main() -> None:
    """Print the table; the first argument is the seconds for each case."""
    results = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
    print(f"images/s, {VIEWS} views of each; {torch.get_num_threads()} threads, {WORKERS} workers")
    print(f"{'case':10} {'all threads':>12} {'one thread':>12} {'PIL workers':>12}")
    for case in CASES:
        rates = [
            results[f"augmentation_{case.name}_{side}_images_per_second"]
            for side in ("all_threads", "one_thread", "pil")
        ]
        print(f"{case.name:10} " + " ".join(f"{rate:12,.0f}" for rate in rates))


if __name__ == "__main__":
    main()
