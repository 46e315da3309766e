"""What the status line says about this machine."""

from __future__ import annotations

import psutil

from sslstudio.engine.plan import Compute
from sslstudio.gui.studio.bench import Equipment

GIBIBYTE = 1024**3


def device_words(equipment: Equipment, compute: Compute | None) -> str:
    """Return where the work runs, and in which precision once that is known."""
    precision = "" if compute is None else f" · {compute.precision}"
    threads = ""
    if equipment.device == "cpu":
        count = psutil.cpu_count() or 1
        threads = f" · {count} thread{'s' if count > 1 else ''}"
    return f"{equipment.device_name}{threads}{precision}"


def memory_words() -> str:
    """Return this process's memory and the machine's."""
    mine = psutil.Process().memory_info().rss / GIBIBYTE
    return f"RAM {mine:.1f} / {psutil.virtual_memory().total / GIBIBYTE:.0f} GB"
