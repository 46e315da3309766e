"""Writes the page that shows what every preset learned, from the report alone."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import mean, stdev
from typing import Any

from code_hash import ROOT

from sslstudio.services.presets import load_presets

PAGE = ROOT / "docs" / "science.md"
COLUMNS = (
    "preset",
    "family",
    "steps",
    "seeds",
    "kNN",
    "untrained",
    "gain",
    "gain, linear",
    "learns",
    "seconds",
    "date",
)
ENOUGH = 2.0
"""Standard errors by which a gain must exceed zero to count."""
BY_TASK = frozenset({"reconstruction", "adversarial"})
"""Families whose methods are judged by what they were trained for."""
UNTRAINED = "no training"
HEAD = """# What every preset learns in a short run

Made by `make science`; no number on this page is typed by hand. Each row is a preset trained
for the given number of steps, most on a CPU and some on a GPU, as
`resources/science_report.json` says; kNN (cosine, 20 neighbours, temperature .07) is measured
on held-out images that training never saw, beside the same encoder untrained. Gain is the mean
paired difference over seeds, with its standard error; where a linear probe was measured as
well, its gain stands beside it. A method learns if one of its gains is more than two standard
errors above zero; methods that paint or generate are judged by their own task instead: the
share of held-out pixels they explain, how well the encoder finds the noise of a painted image,
or their loss. One seed alone decides nothing. A short run ranks nothing: it shows that each
method does what it should, not which one is best.

Presets run here as the application adapts them to a CPU and to small images, whatever their papers
trained with (`resources/adaptations.json`): most on a small convolutional network in the place of a
ResNet, with AdamW and a one-cycle schedule in the place of SGD or LARS and a cosine; BYOL and
SimSiam keep SGD. For most of them crops of the generated shapes cover at least .4 of an image, so
that the shape stays in sight, and the hue may turn all the way round. Of all presets only InfoMin's
blurs its views, which many papers do to large photographs. What a preset does otherwise than its
paper beyond that is said on its card (`sslstudio recipes <id>`) and, part by part, under
"Departures" in the files of `sslstudio/catalog/`.
"""


def write(report: dict[str, dict[str, Any]]) -> None:
    """Write the page."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for key, row in report.items():
        preset, data, _seed = key.split("/")
        groups[data, preset].append(row)
    families = {preset.id: preset.family for preset in load_presets()}
    lines = [HEAD, *_summary(groups, families)]
    for data in sorted({data for data, _ in groups}):
        lines += [
            f"\n## {data}\n",
            "| " + " | ".join(COLUMNS) + " |",
            "|---" * len(COLUMNS) + "|",
        ]
        found = {preset: rows for (name, preset), rows in groups.items() if name == data}
        order = sorted(found, key=lambda preset: (families.get(preset, ""), preset))
        lines += [_line(preset, families.get(preset, ""), found[preset]) for preset in order]
        lines += _tasks(found)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def gain(differences: list[float]) -> tuple[float, float]:
    """Return the mean of paired differences to the untrained encoder, and its standard error."""
    error = stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else math.nan
    return mean(differences), error


def learns(rows: list[dict[str, Any]], family: str) -> str:
    """Return whether neighbours or probe, or the own task, are better than by chance untrained."""
    if len(rows) == 1:
        return "one seed"
    sides = [_own_task(rows)] if family in BY_TASK else [_neighbours(rows), _probes(rows)]
    found = [gain(differences) for differences in sides]
    return "yes" if any(difference > ENOUGH * error for difference, error in found) else "no"


def _summary(
    groups: dict[tuple[str, str], list[dict[str, Any]]], families: dict[str, str]
) -> list[str]:
    words: dict[str, set[str]] = defaultdict(set)
    for (_data, preset), rows in groups.items():
        family = families.get(preset, "")
        if family != UNTRAINED:
            words[preset].add(learns(rows, family))
    seen = sorted(preset for preset, found in words.items() if "yes" in found)
    open_ones = sorted(set(words) - set(seen))
    lines = [f"By these rules {len(seen)} of {len(words)} methods learn on at least one data set."]
    if open_ones:
        lines.append(f"Not shown yet: {', '.join(f'`{preset}`' for preset in open_ones)}.")
    return lines


def _own_task(rows: list[dict[str, Any]]) -> list[float]:
    """Return by how much each run is better at its own task than untrained."""
    names = rows[0]["task_after"]
    by_term = {name.split(": ")[-1]: name for name in names}
    wanted = by_term.get("inverted", by_term.get("explained"))
    if wanted is not None:
        return [row["task_after"][wanted] - row["task_before"][wanted] for row in rows]
    if "loss" in names:
        return [row["task_before"]["loss"] - row["task_after"]["loss"] for row in rows]
    return [0.0] * len(rows)


def _neighbours(rows: list[dict[str, Any]]) -> list[float]:
    return [row["knn"] - row["random_encoder"] for row in rows]


def _probes(rows: list[dict[str, Any]]) -> list[float]:
    found = [row["linear"] for row in rows if row.get("linear")]
    return [scores["trained"] - scores["untrained"] for scores in found] or [0.0] * len(rows)


def _shown(differences: list[float]) -> str:
    difference, error = gain(differences)
    return f"{difference:+.3f}" + ("" if math.isnan(error) else f" ± {error:.3f}")


def _line(preset: str, family: str, rows: list[dict[str, Any]]) -> str:
    cells = (
        f"`{preset}`",
        family,
        f"{rows[0]['steps']:,}",
        str(len(rows)),
        f"{mean(row['knn'] for row in rows):.3f}",
        f"{mean(row['random_encoder'] for row in rows):.3f}",
        _shown(_neighbours(rows)),
        _shown(_probes(rows)) if rows[0].get("linear") else "",
        "" if family == UNTRAINED else learns(rows, family),
        f"{mean(row['seconds'] for row in rows):.0f}",
        max(row["date"] for row in rows),
    )
    return "| " + " | ".join(cells) + " |"


def _tasks(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines: list[str] = []
    for preset, rows in sorted(found.items()):
        for name in rows[0]["task_after"]:
            before = mean(row["task_before"].get(name, math.nan) for row in rows)
            after = mean(row["task_after"][name] for row in rows)
            lines.append(f"| `{preset}` | {name} | {before:.4f} | {after:.4f} |")
    if not lines:
        return []
    head = ["\nTheir own tasks on held-out images:\n", "| preset | term | untrained | trained |"]
    return [*head, "|---|---|---|---|", *lines]
