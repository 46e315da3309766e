"""Which device computes, and in which precision: measured once, then written into the run."""

from __future__ import annotations

import copy
import itertools
import time

import torch
from torch import nn

from sslstudio.domain.errors import InputError
from sslstudio.domain.recipe import Precision
from sslstudio.engine.plan import Compute

TRIAL_IMAGES = 64
TRIAL_SECONDS = 0.25
CLEARLY = 1.3
"""How many times faster another precision must be to be chosen."""


def available_devices() -> tuple[str, ...]:
    """Return the devices of this machine, the fastest first."""
    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def resolve_device(wanted: str = "auto") -> str:
    """Return the device to use; InputError if the wanted one is not here."""
    devices = available_devices()
    if wanted == "auto":
        return devices[0]
    if wanted.partition(":")[0] not in devices:
        raise InputError(
            f"This machine has no device {wanted!r}.", f"Choose one of: {', '.join(devices)}."
        )
    return wanted


def describe_device(device: str) -> str:
    """Return a short name for a person: `CPU`, `Apple GPU`, or the GPU's own name."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device == "mps" else "CPU"


def choose_compute(
    encoder: nn.Module, shape: tuple[int, int, int], device: str, precision: Precision
) -> Compute:
    """Return the fastest precision for this encoder on this device.

    `shape` is (channels, height, width) of a view. Where there is a choice, each candidate
    trains a copy of the encoder on noise for a quarter of a second. The first one wins unless
    another is clearly faster, so that a busy moment does not make two runs differ.
    """
    # Channels-last was the faster layout in every convolution measured on CPUs and on CUDA.
    candidates = [
        Compute(
            device=device,
            precision=name,
            channels_last=device != "mps",
            threads=torch.get_num_threads(),
        )
        for name in _precisions(device, precision)
    ]
    first, *others = candidates
    if not others:
        return first
    seconds = _seconds_per_step(encoder, shape, first)
    for candidate in others:
        if _seconds_per_step(encoder, shape, candidate) * CLEARLY < seconds:
            return candidate
    return first


def _precisions(device: str, wanted: Precision) -> tuple[str, ...]:
    if wanted != "auto":
        return (wanted,)
    if device.startswith("cuda"):
        return ("bf16",) if torch.cuda.is_bf16_supported() else ("fp16", "fp32")
    if device == "cpu" and "AVX512" in torch.backends.cpu.get_cpu_capability():
        return ("fp32", "bf16")
    return ("fp32",)


def _seconds_per_step(encoder: nn.Module, shape: tuple[int, int, int], compute: Compute) -> float:
    layout = torch.channels_last if compute.channels_last else torch.contiguous_format
    trial = copy.deepcopy(encoder).to(compute.device).to(memory_format=layout)
    noise = torch.rand(TRIAL_IMAGES, *shape, device=compute.device).contiguous(memory_format=layout)
    amp = torch.autocast(
        torch.device(compute.device).type,
        dtype=torch.bfloat16 if compute.precision == "fp32" else compute.dtype(),
        enabled=compute.precision != "fp32",
    )
    best = float("inf")
    deadline = time.perf_counter() + TRIAL_SECONDS
    for number in itertools.count():
        began = time.perf_counter()
        with amp:
            loss = trial(noise).float().square().mean()
        if loss.requires_grad:
            loss.backward()
        loss.item()
        ended = time.perf_counter()
        # The first step also compiles kernels and allocates memory.
        best = min(best, ended - began) if number else best
        if number > 1 and ended > deadline:
            return best
    raise AssertionError("the trial loop ends by its own return")
