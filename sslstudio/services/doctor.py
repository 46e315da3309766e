"""What this machine offers, and what would make training faster."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version

import psutil
import torch

from sslstudio.engine.device import available_devices, describe_device
from sslstudio.services.places import runs_folder

GIBIBYTE = 1024**3
LOW_SPACE = 2 * GIBIBYTE


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the machine and, where something helps, what to do."""

    name: str
    value: str
    advice: str = ""


def examine() -> tuple[Finding, ...]:
    """Return what this machine offers."""
    devices = available_devices()
    memory = psutil.virtual_memory()
    return (
        Finding("sslstudio", version("sslstudio")),
        Finding("python", platform.python_version()),
        Finding("torch", torch.__version__, _driver_advice()),
        Finding("devices", ", ".join(describe_device(device) for device in devices)),
        Finding("cpu", f"{torch.get_num_threads()} threads, {_instructions()}"),
        Finding("memory", f"{memory.available / GIBIBYTE:.1f} of {memory.total / GIBIBYTE:.1f} GB"),
        _disk(),
    )


def _instructions() -> str:
    return torch.backends.cpu.get_cpu_capability()


def _driver_advice() -> str:
    has_driver = shutil.which("nvidia-smi") is not None
    if not has_driver or torch.cuda.is_available():
        return ""
    if torch.version.cuda is None:
        return (
            "an NVIDIA driver is here, but this torch computes on the CPU only; install the CUDA "
            "build with: pip install --force-reinstall torch torchvision "
            "--index-url https://download.pytorch.org/whl/cu130"
        )
    return "an NVIDIA driver is here, but torch cannot use it; update the driver"


def _disk() -> Finding:
    folder = runs_folder()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    advice = "less than 2 GB are left for runs" if free < LOW_SPACE else ""
    writable = os.access(folder, os.W_OK)
    return Finding(
        "runs",
        f"{runs_folder()} ({free / GIBIBYTE:.0f} GB free)",
        advice if writable else "not writable",
    )
