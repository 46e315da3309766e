"""From a recipe and images on disk to parts and plan, ready to train."""

from __future__ import annotations

import numpy as np
import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import DataError
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.device import choose_compute, resolve_device
from sslstudio.engine.images import ImageFacts, ImageStore
from sslstudio.engine.observe import SMALLEST_VALIDATION
from sslstudio.engine.plan import Compute, Parts, Plan
from sslstudio.engine.sampling import seeded
from sslstudio.engine.sequences import Sequences
from sslstudio.services.datasets import ImageSet

LARGEST_VALIDATION = 2000
SMALLEST_TRAINING = 2


def make_store(images: ImageSet, recipe: Recipe, device: str) -> ImageStore:
    """Return the images on the device if they fit there, with their rows sorted by purpose."""
    train = torch.from_numpy(np.asarray(images.train_indices(), dtype=np.int64))
    if len(train) < SMALLEST_TRAINING:
        raise DataError(
            f"{images.source}: {len(train)} training image is too few.", "Add images to learn from."
        )
    validation = _validation(images, train, recipe.training.validation)
    sequences = None
    if images.sequence is not None and images.frame is not None:
        order = (torch.from_numpy(images.sequence), torch.from_numpy(images.frame))
        sequences = Sequences(*order, train[~validation])
    pixels = torch.from_numpy(images.images)
    return ImageStore(
        images=pixels.to(device) if _fits(pixels, device) else pixels,
        labels=torch.from_numpy(images.labels).to(device),
        train=train[~validation],
        validation=train[validation],
        held_out=torch.from_numpy(np.asarray(images.held_out_indices(), dtype=np.int64)),
        device=torch.device(device),
        sequences=sequences,
    )


def _validation(images: ImageSet, train: torch.Tensor, share: float) -> torch.Tensor:
    """Return which training images validate, as booleans; the frames of a video stay together."""
    wanted = _validation_images(len(train), share)
    chosen = torch.zeros(len(train), dtype=torch.bool)
    if not images.clips or images.sequence is None:
        order = torch.randperm(len(train), generator=seeded("cpu", "validation"))
        chosen[order[:wanted]] = True
        return chosen
    clip = torch.from_numpy(images.sequence)[train]
    clips = clip.unique()
    for number in clips[torch.randperm(len(clips), generator=seeded("cpu", "validation"))]:
        if int(chosen.sum()) + int((clip == number).sum()) > wanted:
            break
        chosen |= clip == number
    return chosen


def _validation_images(count: int, share: float) -> int:
    """Return how many training images are kept out of the gradient for the live monitors."""
    if not share:
        return 0
    # A twenty-fifth of a small set says little; a fifth of a tiny one is too much to give.
    least = SMALLEST_VALIDATION if count >= 5 * SMALLEST_VALIDATION else 0
    return min(LARGEST_VALIDATION, max(int(count * share), least))


def data_facts(images: ImageSet) -> DataFacts:
    """Return what a recipe's check needs to know about the images."""
    train = images.train_indices()
    in_sequences = 0 if images.sequence is None else int((images.sequence[train] >= 0).sum())
    return DataFacts(
        train_images=len(train),
        channels=int(images.images.shape[1]),
        labelled=int((images.labels[train] >= 0).sum()),
        in_sequences=in_sequences,
        is_grey=images.is_grey,
    )


def prepare(
    recipe: Recipe, catalog: Catalog, images: ImageSet, compute: Compute | str
) -> tuple[Parts, Plan]:
    """Return the parts and the plan of a run.

    `compute` is a device's name, for which the fastest precision is then measured, or the choice
    that an earlier sitting of the same run wrote down.
    """
    device = compute if isinstance(compute, str) else compute.device
    store = make_store(images, recipe, resolve_device(device))
    parts, facts, chosen = resolve_compute(recipe, catalog, store, compute)
    return parts, plan_for(recipe, store, facts, chosen)


def resolve_compute(
    recipe: Recipe, catalog: Catalog, store: ImageStore, compute: Compute | str
) -> tuple[Parts, ImageFacts, Compute]:
    """Return untrained parts on the store's device, in the precision and layout to use."""
    facts = store.facts()
    parts = assemble(recipe, catalog, facts, store.device)
    if isinstance(compute, str):
        side = recipe.views[0].size or recipe.data.size
        shape = (recipe.views[0].channels_of(store.channels), side, side)
        compute = choose_compute(parts.encoder, shape, str(store.device), recipe.training.precision)
    elif compute.threads:
        torch.set_num_threads(compute.threads)
    if compute.channels_last:
        parts.objective.to(memory_format=torch.channels_last)
    return parts, facts, compute


def plan_for(recipe: Recipe, store: ImageStore, facts: ImageFacts, compute: Compute) -> Plan:
    """Return how a recipe is carried out on these images."""
    return Plan(
        store=store,
        facts=facts,
        batch_size=recipe.training.batch_size,
        budget=recipe.training.budget,
        schedule=recipe.training.schedule,
        seed=recipe.seed,
        compute=compute,
        trainable=recipe.objective.trainable,
        micro_batches=recipe.training.micro_batches,
        micro_batching=recipe.training.micro_batching,
    )


def _fits(pixels: torch.Tensor, device: str) -> bool:
    if device == "cpu":
        return True
    if device.startswith("cuda"):
        free, _total = torch.cuda.mem_get_info(device)
        return pixels.numel() < free // 4
    return pixels.numel() < 2**31
