"""Looking at a network without training it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

import torch
from torch import Tensor, nn

from sslstudio.engine.parts import TrainingImages

NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
SAMPLE: Final = 1024
CHUNK: Final = 128


@contextmanager
def evaluation(network: nn.Module) -> Iterator[None]:
    """Run the block in evaluation mode and without gradients; every sub-module's mode returns."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def held_still(network: nn.Module) -> Iterator[None]:
    """Run the block with gradients that pass through this network but do not reach its weights."""
    moving = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in moving:
        parameter.requires_grad = False
    try:
        yield
    finally:
        for parameter in moving:
            parameter.requires_grad = True


def full_precision(tensor: Tensor) -> AbstractContextManager[object]:
    """Return a context in which sums and products near a loss are not rounded to 16 bits."""
    if torch.compiler.is_exporting():
        # A network that is written out as code runs in its own precision anyway, and a context
        # would be traced as a network within the network.
        return nullcontext()
    device = tensor.device.type
    if not torch.amp.is_autocast_available(device):
        return nullcontext()  # tensors that have a shape only have no precision
    return torch.autocast(device, enabled=False)


def estimate_norms(network: nn.Module, images: TrainingImages) -> None:
    """Set the batch-norm statistics of an untrained network from the training images.

    With fresh statistics (mean 0, variance 1) an untrained network in evaluation mode hardly
    tells one image from another.
    """
    norms = [m for m in network.modules() if isinstance(m, NORMS)]
    momenta = [(norm, norm.momentum) for norm in norms]
    with evaluation(network):
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain average over the chunks
            norm.train()
        for chunk in _mixed_chunks(images):
            network(images.normalised(chunk))
    for norm, momentum in momenta:
        norm.momentum = momentum


def embedded(network: nn.Module, images: TrainingImages) -> Tensor:
    """Return the network's output for every un-augmented training image, fp32  # (n, any)."""
    with evaluation(network):
        outputs = [network(images.normalised(batch)).float() for _, batch in images.batches()]
    return torch.cat(outputs)


def _mixed_chunks(images: TrainingImages) -> Iterator[Tensor]:
    """Yield chunks of an even sample; each spans the whole set, which may be sorted by class."""
    stride = math.ceil(images.count / SAMPLE)
    sample = torch.cat([batch[indices % stride == 0] for indices, batch in images.batches()])
    chunks = math.ceil(len(sample) / CHUNK)
    for number in range(chunks):
        yield sample[number::chunks]
