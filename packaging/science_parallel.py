"""Trials side by side, each in a fresh process: none meets what another left behind."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from science_trial import Row, Trial, measured


def in_parallel(trials: list[Trial], jobs: int, device: str) -> Iterator[tuple[Trial, Row | None]]:
    """Yield each trial with its row, or None where the process that measured it ended."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    )
    with pool:
        waiting: dict[Future[Row], Trial] = {
            pool.submit(measured, trial, threads, device): trial for trial in trials
        }
        for done in as_completed(waiting):
            problem = done.exception()
            if problem is not None:
                print(f"{waiting[done].key}: {problem}", file=sys.stderr, flush=True)
            yield waiting[done], None if problem is not None else done.result()
