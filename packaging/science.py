"""Trains every preset for a fixed number of steps and keeps what it learned: `make science`.

    python packaging/science.py [--only ID] [--check] [--data NAME] [--seed N] [--jobs N]

A row is one preset on one data set with one seed. It is measured once: as long as the recipe and
the code of its parts stay the same, it is not measured again. `--check` measures nothing and says
which rows are out of date. Results: resources/science_report.json and docs/science.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

import science_page
from code_hash import ROOT
from science_trial import Row, Trial, measured, trial_hash

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.services.presets import load_presets

REPORT = ROOT / "resources" / "science_report.json"
PLAN = Path(__file__).parent / "science_plan.json"


def main() -> int:
    """Return 0, or 1 if `--check` finds rows out of date or a trial could not be measured."""
    options = _options()
    catalog = load_catalog()
    report: dict[str, Row] = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    stale = [t for t in _chosen(options) if not _is_current(t, report, catalog)]
    if options.check:
        for trial in stale:
            print(f"out of date: {trial.key}")
        return 1 if stale else 0
    failed = False
    for trial, row in _in_parallel(stale, options.jobs):
        failed |= row is None
        if row is not None:
            _keep(trial, row, report)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="ids, with commas")
    parser.add_argument("--data", default="")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=1, help="trials side by side")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Trial]:
    """Return the wanted trials, every preset's first seed before any second one."""
    chosen = [
        trial
        for trial in _trials()
        if (not options.only or trial.preset in options.only.split(","))
        and options.data in ("", trial.data)
        and options.seed in (None, trial.seed)
    ]
    return sorted(chosen, key=lambda trial: trial.seed)


def _trials() -> Iterator[Trial]:
    known = {preset.id for preset in load_presets()}
    for line in json.loads(PLAN.read_text()):
        if line["preset"] not in known:
            continue
        for seed in range(line["seeds"]):
            yield Trial(
                preset=line["preset"],
                data=line["data"],
                seed=seed,
                steps=line["steps"],
                task=line.get("task", False),
            )


def _is_current(trial: Trial, report: dict[str, Row], catalog: Catalog) -> bool:
    row = report.get(trial.key)
    return row is not None and row["hash"] == trial_hash(trial, catalog)


def _in_parallel(trials: list[Trial], jobs: int) -> Iterator[tuple[Trial, Row | None]]:
    """Yield each trial with its row, or None where the process that measured it ended."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    # A fresh process for each trial: no trial meets what another left behind.
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    )
    with pool:
        waiting: dict[Future[Row], Trial] = {
            pool.submit(measured, trial, threads): trial for trial in trials
        }
        for done in as_completed(waiting):
            problem = done.exception()
            if problem is not None:
                print(f"{waiting[done].key}: {problem}", file=sys.stderr, flush=True)
            yield waiting[done], None if problem is not None else done.result()


def _keep(trial: Trial, row: Row, report: dict[str, Row]) -> None:
    known = {t.key for t in _trials()}
    report[trial.key] = row
    kept = {key: report[key] for key in sorted(report) if key in known}
    _write(REPORT, json.dumps(kept, indent=1) + "\n")
    science_page.write(kept)
    print(trial.key, json.dumps(row), flush=True)


def _write(file: Path, text: str) -> None:
    temporary = file.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


if __name__ == "__main__":
    sys.exit(main())
