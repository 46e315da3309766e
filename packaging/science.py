"""Trains every preset for a fixed number of steps and keeps what it learned: `make science`.

    python packaging/science.py [--only ID] [--data NAME] [--seed N] [--jobs N] [--device cuda]
        [--check] [--drop]

A row is one preset on one data set with one seed. It is measured once: as long as the recipe and
the code of its parts stay the same, it is not measured again. `--check` measures nothing: it
fails if a row is out of date, and counts those that were never measured. `--drop` takes rows out
that are out of date. Results: resources/science_report.json and docs/science.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import science_page
from code_hash import ROOT
from science_parallel import in_parallel
from science_trial import Row, Trial, trial_hash, write_json

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.services.presets import load_presets

REPORT = ROOT / "resources" / "science_report.json"
PLAN = Path(__file__).parent / "science_plan.json"


def main() -> int:
    """Return 0, or 1 if a row is out of date (`--check`) or a trial could not be measured."""
    options = _options()
    catalog = load_catalog()
    report: dict[str, Row] = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    stale = [t for t in _chosen(options) if not _is_current(t, report, catalog)]
    if options.check or options.drop:
        return _look(stale, report, drop=options.drop)
    failed = False
    for trial, row in in_parallel(stale, options.jobs, options.device):
        failed |= row is None
        if row is not None:
            _keep(trial, row, report)
    return 1 if failed else 0


def _look(stale: list[Trial], report: dict[str, Row], *, drop: bool) -> int:
    old = [trial.key for trial in stale if trial.key in report]
    print(
        f"{len(report) - len(old)} rows are current, {len(stale) - len(old)} were never measured."
    )
    for key in old:
        print(f"out of date: {key}")
    if drop:
        _write({key: row for key, row in report.items() if key not in old})
    return 0 if drop or not old else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="ids, with commas")
    parser.add_argument("--data", default="")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=1, help="trials side by side")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--drop", action="store_true")
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
                linear=line.get("linear", False),
            )


def _is_current(trial: Trial, report: dict[str, Row], catalog: Catalog) -> bool:
    row = report.get(trial.key)
    return row is not None and row["hash"] == trial_hash(trial, catalog)


def _keep(trial: Trial, row: Row, report: dict[str, Row]) -> None:
    known = {t.key for t in _trials()}
    report[trial.key] = row
    _write({key: report[key] for key in sorted(report) if key in known})
    print(trial.key, json.dumps(row), flush=True)


def _write(report: dict[str, Row]) -> None:
    write_json(REPORT, report)
    science_page.write(report)


if __name__ == "__main__":
    sys.exit(main())
