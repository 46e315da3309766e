"""Writes the page that shows which claims of the literature short runs confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from code_hash import ROOT
from science_claim import Claim, Row
from science_claims import EXACT

PAGE = ROOT / "docs" / "claims.md"
HEAD = """# What short runs confirm of the literature

Made by `make science-tests`; no number on this page is typed by hand. A gap is oriented so that a
larger number supports the claim and zero refutes it. Each was measured over three seeds; its gate
is half the mean gap seen then, and later changes of the code must stay above it. Where no gate
stands the gap is only told: the literature saw it at other budgets or on other images.
"""
Gates = Mapping[str, Mapping[str, Mapping[str, float]]]


def write(claims: Sequence[tuple[Claim, Mapping[str, float], Sequence[Row]]], gates: Gates) -> None:
    """Write the page from each claim with its gaps and the runs behind them."""
    lines = [HEAD]
    for claim, gaps, rows in claims:
        seconds = sum(float(row["seconds"]) for row in rows)
        machines = ", ".join(sorted({str(row["machine"]) for row in rows}))
        dates = max(str(row["date"]) for row in rows)
        lines += [
            f"\n## {claim.id}: {claim.sentence}\n",
            "| gap | seen | gate | |",
            "|---|---|---|---|",
            *(_line(claim, name, gap, gates) for name, gap in gaps.items()),
            f"\n{len(rows)} runs, {seconds:,.0f} s of training together, on {machines}; {dates}.",
        ]
    lines += ["\n## Exact claims\n", "These are tests of `make test`:", ""]
    lines += [f"- {name}: {words}" for name, words in EXACT.items()]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(claim: Claim, name: str, gap: float, gates: Gates) -> str:
    gate = gates.get(claim.id, {}).get(name, {}).get("gate")
    word = "holds" if gap > 0 else "does not hold here"
    return f"| {name} | {gap:+.4f} | {'' if gate is None else f'{gate:.4f}'} | {word} |"
