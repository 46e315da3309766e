"""Runs the claims of `science_claims.py` and compares them with their gates: `make science-tests`.

    python packaging/science_tests.py [--only T1,T4] [--seeds N] [--freeze] [--jobs N]
        [--device cuda] [--check]

Rows are cached by recipe and code, as those of `make science`. A gate is half the mean gap seen
over three seeds when it was frozen (`--seeds 3 --freeze`); a later gap below it fails. Claims
that are not gated are only reported. The exact ones (T2, T13) are tests of `make test`. `--check`
measures nothing: it fails if a claim whose runs are all known falls below its gate.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import mean
from typing import Any

import claims_page
from code_hash import ROOT
from science_claim import Claim
from science_claims import CLAIMS
from science_parallel import in_parallel
from science_trial import Row, Trial, trial_hash, write_json

from sslstudio.catalog.catalog import load_catalog

ROWS = ROOT / "resources" / "science_tests.json"
GATES = ROOT / "resources" / "science_gates.json"
Gates = dict[str, dict[str, dict[str, float]]]


def main() -> int:
    """Return 0, or 1 if a gap lies below its gate or a run could not be measured."""
    options = _options()
    wanted = options.only.split(",") if options.only else [claim.id for claim in CLAIMS]
    claims = [claim for claim in CLAIMS if claim.id in wanted]
    rows: dict[str, Row] = json.loads(ROWS.read_text()) if ROWS.exists() else {}
    if not options.check:
        _measure(claims, options, rows)
    found = [(claim, _gaps(claim, options.seeds, rows)) for claim in claims]
    known = [(claim, gaps) for claim, gaps in found if gaps is not None]
    for claim, gaps in found:
        if gaps is None:
            print(f"{claim.id}: not measured", file=sys.stderr)
    gates: Gates = json.loads(GATES.read_text()) if GATES.exists() else {}
    if options.freeze:
        gates |= {claim.id: _frozen(claim, gaps) for claim, gaps in known}
        write_json(GATES, gates)
    failed = [_report(claim, gaps, gates) for claim, gaps in known]
    if options.freeze and len(known) == len(CLAIMS):
        behind = [_rows(claim, options.seeds, rows) for claim, _ in known]
        claims_page.write([(*pair, runs) for pair, runs in zip(known, behind, strict=True)], gates)
    return 1 if any(failed) or (len(known) < len(claims) and not options.check) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="ids, with commas")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--check", action="store_true", help="measure nothing")
    parser.add_argument("--freeze", action="store_true", help="make gates of what is seen now")
    return parser.parse_args()


def _trials(claim: Claim, seed: int) -> dict[str, Trial]:
    return {
        name: Trial(
            preset=arm.preset,
            data=arm.data,
            seed=seed,
            steps=arm.steps,
            changes=tuple(arm.changes.items()),
            turns=arm.turns,
        )
        for name, arm in claim.arms.items()
    }


def _measure(claims: list[Claim], options: argparse.Namespace, rows: dict[str, Row]) -> None:
    """Measure what is missing or out of date; runs that several claims share are run once."""
    catalog = load_catalog()
    missing: dict[str, Trial] = {}
    for seed in range(options.seeds):
        for claim in claims:
            for trial in _trials(claim, seed).values():
                mark = trial_hash(trial, catalog)
                if mark not in rows or (trial.turns and "turns" not in rows[mark]):
                    known = missing.get(mark)
                    missing[mark] = trial if known is None or trial.turns else known
    for trial, row in in_parallel(list(missing.values()), options.jobs, options.device):
        if row is not None:
            rows[row["hash"]] = row
            write_json(ROWS, dict(sorted(rows.items())))
            print(trial.key, dict(trial.changes), json.dumps(row), flush=True)


def _gaps(claim: Claim, seeds: int, rows: dict[str, Row]) -> dict[str, float] | None:
    """Return the mean gaps over the seeds, or None where a run is missing."""
    catalog = load_catalog()
    seen: list[dict[str, float]] = []
    for seed in range(seeds):
        marks = {name: trial_hash(t, catalog) for name, t in _trials(claim, seed).items()}
        if any(mark not in rows for mark in marks.values()):
            return None
        seen.append(claim.gaps({name: rows[mark] for name, mark in marks.items()}))
    return {name: mean(gaps[name] for gaps in seen) for name in seen[0]}


def _rows(claim: Claim, seeds: int, rows: dict[str, Row]) -> list[Row]:
    catalog = load_catalog()
    trials = [trial for seed in range(seeds) for trial in _trials(claim, seed).values()]
    return [rows[trial_hash(trial, catalog)] for trial in trials]


def _frozen(claim: Claim, gaps: dict[str, float]) -> dict[str, dict[str, float]]:
    return {
        name: {"seen": round(gap, 4), "gate": round(gap / 2, 4)}
        for name, gap in gaps.items()
        if claim.gated and name not in claim.reported
    }


def _report(claim: Claim, gaps: dict[str, float], gates: Gates) -> bool:
    """Print a claim; return True if it failed."""
    failed = False
    print(f"{claim.id}  {claim.sentence}")
    for name, gap in gaps.items():
        gate: Any = gates.get(claim.id, {}).get(name, {}).get("gate")
        holds = gap > 0 if gate is None else gap >= gate > 0
        gated = claim.gated and name not in claim.reported
        word = "holds" if holds else "FAILS" if gated else "does not hold here"
        failed |= gated and not holds
        told = "told only" if not gated else "no gate yet" if gate is None else f"gate {gate}"
        print(f"    {word:8} {name}: {gap:+.4f} ({told})")
    return failed


if __name__ == "__main__":
    sys.exit(main())
