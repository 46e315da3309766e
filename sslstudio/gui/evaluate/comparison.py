"""Evaluated runs as one table: which rows, which columns, what is best, and how to copy it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sslstudio.gui.evaluate.source import EvaluationRow, Measure

BLANK = "\u2013"
SAME = 5e-4
"""Shares closer than this are written with the same digits."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows by data set; in each the baselines first, then the runs from best to worst."""

    rows: tuple[EvaluationRow, ...] = ()
    columns: tuple[str, ...] = ()
    chosen: str = ""

    def with_rows(self, rows: Iterable[EvaluationRow]) -> Comparison:
        """Return the comparison with these rows added; a newer measure replaces the older."""
        merged = {_key(row): row for row in self.rows}
        for row in rows:
            known = merged.get(_key(row))
            measures = {**(known.measures if known else {}), **row.measures}
            merged[_key(row)] = replace(row, measures=measures)
        return arranged(merged.values(), self.chosen)

    def only(self, run_ids: set[str]) -> Comparison:
        """Return the comparison of these runs with their baselines, equal ones as one row."""
        runs = [row for row in self.rows if not row.is_baseline and row.run_id in run_ids]
        data = {row.data for row in runs}
        baselines = [
            row
            for row in self.rows
            if row.is_baseline and row.data in data and _owner(row) in {"", *run_ids}
        ]
        return arranged([*_without_twins(baselines, runs), *runs], self.chosen)

    def by(self, column: str) -> Comparison:
        """Return the comparison ordered by another column."""
        return arranged(self.rows, column)

    def is_best(self, row: EvaluationRow, column: str) -> bool:
        """Return whether no other row on the same data does better, baselines included."""
        own = row.measures.get(column)
        if own is None:
            return False
        rivals = [other.measures.get(column) for other in self.rows if other.data == row.data]
        found = [rival for rival in rivals if rival is not None]
        return len(found) > 1 and all(_score(own) >= _score(rival) for rival in found)

    def span(self, column: str) -> tuple[float, float]:
        """Return the lowest and highest end of any interval in a column; (0, 1) if empty."""
        found = [row.measures[column] for row in self.rows if column in row.measures]
        if not found:
            return 0.0, 1.0
        ends = [end for measure in found for end in _ends(measure)]
        return min(ends), max(ends)

    def as_csv(self) -> str:
        """Return the table as CSV with plain numbers and the ends of every interval."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        head = [name for column in self.columns for name in _csv_names(column)]
        writer.writerow(["run", "data", "baseline", *head])
        for row in self.rows:
            cells = [cell for column in self.columns for cell in _csv_cells(row, column)]
            writer.writerow([row.name, row.data, "yes" if row.is_baseline else "no", *cells])
        return out.getvalue()

    def as_markdown(self) -> str:
        """Return the table as Markdown, as it is shown: per cent, the best in bold."""
        lines = [["Run", "Data", *self.columns]]
        lines.append(["---", "---", *("---:" for _ in self.columns)])
        for row in self.rows:
            cells = [self._markdown_cell(row, column) for column in self.columns]
            lines.append([row.name.replace("|", "/"), row.data.replace("|", "/"), *cells])
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def _markdown_cell(self, row: EvaluationRow, column: str) -> str:
        text = shown(row.measures.get(column))
        return f"**{text}**" if self.is_best(row, column) else text


def arranged(rows: Iterable[EvaluationRow], chosen: str = "") -> Comparison:
    """Return these rows as a comparison; the first column is chosen where `chosen` is none."""
    listed = list(rows)
    columns = tuple(dict.fromkeys(name for row in listed for name in row.measures))
    column = chosen if chosen in columns else (columns[0] if columns else chosen)

    # Scores on different images cannot be compared: each data set is a block of its own.
    blocks = {data: place for place, data in enumerate(dict.fromkeys(row.data for row in listed))}

    def place(row: EvaluationRow) -> tuple[int, bool, float, str]:
        measure = row.measures.get(column)
        score = -_score(measure) if measure else float("inf")
        return blocks[row.data], not row.is_baseline, score, row.name

    return Comparison(tuple(sorted(listed, key=place)), columns, column)


def shown(measure: Measure | None) -> str:
    """Return a measure as text: a share in per cent with one digit, else three decimals."""
    if measure is None:
        return BLANK
    if measure.is_share:
        return f"{100 * measure.value:.1f} %"
    return f"{measure.value:.3f}".replace("-", "\u2212")


def shown_interval(measure: Measure) -> str:
    """Return a measure with its interval in words."""
    if measure.low is None or measure.high is None:
        return shown(measure)
    low, high = replace(measure, value=measure.low), replace(measure, value=measure.high)
    return f"{shown(measure)}, between {shown(low)} and {shown(high)}"


def _key(row: EvaluationRow) -> tuple[str, str, str, bool]:
    return row.run_id, row.name, row.data, row.is_baseline


def _owner(row: EvaluationRow) -> str:
    """Return the run whose encoder a baseline was made from; nothing if it belongs to all."""
    return row.run_id.rpartition("/")[0] if row.is_baseline else ""


def _without_twins(
    baselines: Iterable[EvaluationRow], runs: Iterable[EvaluationRow]
) -> list[EvaluationRow]:
    """Return the baselines with equal ones joined; those that differ say whose they are.

    Runs with one encoder share an untrained twin, and runs on one data set share its pixels.
    """
    groups: list[tuple[EvaluationRow, list[str]]] = []
    for row in baselines:
        place = next((n for n, (kept, _) in enumerate(groups) if _agree(kept, row)), None)
        if place is None:
            groups.append((row, [_owner(row)]))
            continue
        kept, owners = groups[place]
        groups[place] = (replace(kept, measures={**kept.measures, **row.measures}), owners)
        owners.append(_owner(row))
    titles = Counter((row.name, row.data) for row, _ in groups)
    names = {row.run_id: row.name for row in runs}
    return [
        replace(row, name=f"{row.name} ({_joined(owners, names)})")
        if titles[row.name, row.data] > 1
        else row
        for row, owners in groups
    ]


def _agree(first: EvaluationRow, second: EvaluationRow) -> bool:
    shared = first.measures.keys() & second.measures.keys()
    return (first.name, first.data) == (second.name, second.data) and all(
        abs(first.measures[name].value - second.measures[name].value) < SAME for name in shared
    )


def _joined(owners: list[str], names: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(names.get(owner, owner) for owner in owners))


def _score(measure: Measure) -> float:
    return -measure.value if measure.lower_is_better else measure.value


def _ends(measure: Measure) -> tuple[float, ...]:
    return tuple(end for end in (measure.low, measure.value, measure.high) if end is not None)


def _csv_names(column: str) -> tuple[str, str, str]:
    return column, f"{column} low", f"{column} high"


def _csv_cells(row: EvaluationRow, column: str) -> tuple[str, str, str]:
    measure = row.measures.get(column)
    if measure is None:
        return "", "", ""
    low, high = measure.low, measure.high
    return f"{measure.value:.6g}", _plain(low), _plain(high)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
