"""The number format in which forward passes run."""

from __future__ import annotations

import torch

from sslstudio.engine.plan import Compute


def autocast(compute: Compute) -> torch.autocast:
    """Return the context in which forward passes run."""
    device = torch.device(compute.device)
    return torch.autocast(
        device.type, dtype=_amp_dtype(compute), enabled=compute.precision != "fp32"
    )


def _amp_dtype(compute: Compute) -> torch.dtype:
    return torch.bfloat16 if compute.precision == "fp32" else compute.dtype()
