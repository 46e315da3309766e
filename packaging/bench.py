"""Prints how fast the product is, beside a peer in the same run: `make bench`."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import bench_augmentation
import bench_map
import bench_training
import numpy as np
import torch
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QApplication

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import Budget, DataSpec
from sslstudio.services.datasets import open_images
from sslstudio.services.maps.client import MapService
from sslstudio.services.maps.settings import UmapSettings
from sslstudio.services.places import cache_folder
from sslstudio.services.presets import find_recipe
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.runner import RunControl, ThreadRunner
from sslstudio.services.runs.training import begin, run_training

TIMER_MS = 10
SECONDS = 20.0
MAP_POINTS = (10_000, 128)


def main() -> int:
    """Print one JSON object with everything measured."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    results: dict[str, object] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, "
        f"{torch.backends.cpu.get_cpu_capability()}",
    }
    results |= {k: round(v, 1) for k, v in bench_augmentation.measure(4.0).items()}
    results |= bench_training.measure(6.0)
    results |= bench_map.measure(application)
    results |= {f"timer_training_{k}": v for k, v in lateness_while_training(application).items()}
    results |= map_times(application)
    print(json.dumps(results, indent=2))
    return 0


def lateness(application: QCoreApplication, busy: Callable[[], bool]) -> dict[str, float]:
    """Return how late a 10 ms timer of the window's thread fires while `busy()` is true."""
    late: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(0.0, (now - last[0]) * 1000 - TIMER_MS))
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(TIMER_MS)
    timer.timeout.connect(tick)
    timer.start()
    while busy():
        application.processEvents()
        time.sleep(0.001)
    timer.stop()
    shares = {"p95_ms": 95, "p99_ms": 99, "p999_ms": 99.9}
    return {name: round(float(np.percentile(late, share)), 1) for name, share in shares.items()}


def lateness_while_training(application: QCoreApplication) -> dict[str, float]:
    """Return timer lateness while SimCLR trains on all cores."""
    catalog = load_catalog()
    recipe = find_recipe("simclr", catalog, DataSpec(), "cpu")
    budget = Budget(unit="minutes", amount=SECONDS / 60)
    recipe = with_value(recipe, "training.budget", budget, catalog.kinds)
    images = open_images(recipe.data, cache=cache_folder())
    with tempfile.TemporaryDirectory() as place:
        parts, plan, environment = begin(recipe, catalog, images, "cpu")
        folder = RunFolder.create(Path(place) / "run", recipe, environment)
        control = RunControl()
        runner = ThreadRunner(
            lambda: run_training(folder, parts, plan, control, resume=False), control
        )
        sys.setswitchinterval(0.002)
        runner.start()
        return lateness(application, lambda: runner.running)


def map_times(application: QCoreApplication) -> dict[str, object]:
    """Return seconds of a warmed UMAP, and timer lateness meanwhile."""
    vectors = np.random.default_rng(0).normal(size=MAP_POINTS).astype(np.float32)
    service = MapService()
    service.warm()
    # The window has been idle for two minutes when a person asks for the first map.
    time.sleep(120)
    began = time.perf_counter()
    work = threading.Thread(
        target=lambda: service.compute(
            vectors, UmapSettings(), progress=lambda *_a: None, cancelled=lambda: False
        )
    )
    work.start()
    late = lateness(application, work.is_alive)
    seconds = round(time.perf_counter() - began, 2)
    service.close()
    lateness_while = {f"timer_umap_{name}": value for name, value in late.items()}
    return {"umap_10k_x_128_seconds": seconds, **lateness_while}


if __name__ == "__main__":
    raise SystemExit(main())
