"""What the loss plot draws, computed from a run's curves without Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sslstudio.domain.events import AnchorLine
from sslstudio.gui.train.curves import (
    Curve,
    Span,
    Values,
    framed,
    framed_ahead,
    joined,
    nearest_index,
    on_log_axis,
    span_of,
    thinned,
)
from sslstudio.gui.train.trace import AnchorSpan, Mark, RunTrace
from sslstudio.gui.train.words import short

BUCKETS = 500
"""Two points a bucket: about one a pixel on the widest plot."""


@dataclass(frozen=True, slots=True)
class View:
    """How the user wants to see the curves."""

    terms: tuple[str, ...] = ("loss",)
    smoothing: float = 0.6
    log: bool = False
    by_time: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One term as it is drawn: raw and smoothed, on the axes' own scale."""

    name: str
    raw_x: Values
    raw_y: Values
    smooth_x: Values
    smooth_y: Values


@dataclass(frozen=True, slots=True)
class Ruler:
    """An anchor at its height; `beyond` is -1 or 1 where it lies below or above the plot."""

    anchor: AnchorLine
    text: str
    height: float
    beyond: int = 0
    start: float | None = None
    """Where on the x axis it begins and ends; None for the edge of the plot."""
    end: float | None = None

    @property
    def is_past(self) -> bool:
        """Whether an edit has put another one in its place."""
        return self.end is not None


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark at its place on the first curve."""

    mark: Mark
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything on the plot at one moment."""

    view: View
    x: Span
    y: Span
    lines: tuple[Line, ...] = ()
    rulers: tuple[Ruler, ...] = ()
    signs: tuple[Sign, ...] = ()
    left_out: int = 0
    """Points that a logarithmic axis cannot show."""
    compared: tuple[Line, ...] = ()
    """The same terms of another run."""


def drawn(
    trace: RunTrace, view: View, before: Drawing | None = None, other: RunTrace | None = None
) -> Drawing:
    """Return what to draw; the axes of `before` stay where they still fit.

    The terms of the `other` run are drawn beside this one's.
    """
    curves = _shown(trace, view)
    lines, left_out, spans = _lines(curves, view)
    others = [] if other is None else _shown(other, view)
    compared, _, other_spans = _lines(others, view)
    data = joined([*spans, *other_spans]) or Span(0.0, 1.0)
    rulers = _rulers(trace, view, data)
    needed = joined([data, *(Span(r.height, r.height) for r in rulers if not r.beyond)]) or data
    y = framed(needed, before.y if before else None)
    return Drawing(
        view=view,
        x=_x_span(trace, view, [curve for _, curve in (*curves, *others)], before),
        y=y,
        lines=tuple(lines),
        rulers=tuple(_placed(ruler, y) for ruler in rulers),
        signs=_signs(trace.marks, view, curves[0][1]) if curves else (),
        left_out=left_out,
        compared=tuple(compared),
    )


def nearest(trace: RunTrace, view: View, x: float) -> tuple[int, dict[str, float]] | None:
    """Return the step next to a place on the x axis and the smoothed terms there."""
    found: dict[str, float] = {}
    step: int | None = None
    for name in view.terms:
        curve = trace.terms.get(name)
        if curve is None or not len(curve):
            continue
        axis = curve.seconds if view.by_time else curve.steps
        index = nearest_index(axis, x)
        step = int(curve.steps[index]) if step is None else step
        found[name] = float(curve.smoothed(view.smoothing)[index])
    return None if step is None else (step, found)


def place_of(step: int, curve: Curve, view: View) -> float:
    """Return where a step lies on the x axis."""
    if not view.by_time or not len(curve):
        return float(step)
    return float(np.interp(step, curve.steps, curve.seconds))


def _shown(trace: RunTrace, view: View) -> list[tuple[str, Curve]]:
    return [(name, trace.terms[name]) for name in view.terms if name in trace.terms]


def _lines(curves: list[tuple[str, Curve]], view: View) -> tuple[list[Line], int, list[Span]]:
    """Return the lines, how many points a logarithmic axis hides, and how far lines reach."""
    lines, left_out, spans = [], 0, []
    for name, curve in curves:
        line, hidden, span = _line(name, curve, view)
        lines.append(line)
        left_out += hidden
        spans += [span] if span else []
    return lines, left_out, spans


def _line(name: str, curve: Curve, view: View) -> tuple[Line, int, Span | None]:
    axis = curve.seconds if view.by_time else curve.steps
    raw, smooth, hidden = curve.values, curve.smoothed(view.smoothing), 0
    if view.log:
        raw, hidden = on_log_axis(raw)
        smooth, _ = on_log_axis(smooth)
    raw_x, raw_y = thinned(axis, raw, BUCKETS)
    smooth_x, smooth_y = thinned(axis, smooth, BUCKETS)
    span = joined([found for found in (span_of(raw_y), span_of(smooth_y)) if found])
    return Line(name, raw_x, raw_y, smooth_x, smooth_y), hidden, span


def _rulers(trace: RunTrace, view: View, data: Span) -> list[Ruler]:
    """Return the anchors of the shown terms; far ones do not squeeze the curve."""
    rulers = []
    for span in trace.anchors:
        anchor = span.anchor
        if anchor.term not in view.terms or (view.log and anchor.value <= 0):
            continue
        height = math.log10(anchor.value) if view.log else anchor.value
        reach = max(2 * data.size, 0.75 * abs(data.high))
        beyond = 1 if height > data.high + reach else -1 if height < data.low - reach else 0
        if not beyond or span.until is None:
            rulers.append(
                _over_steps(Ruler(anchor, _text(anchor), height, beyond), span, trace, view)
            )
    return rulers


def _over_steps(ruler: Ruler, span: AnchorSpan, trace: RunTrace, view: View) -> Ruler:
    """Return the ruler from where its anchor began to hold to where it ceased to."""
    curve = trace.terms.get(ruler.anchor.term)
    if curve is None or (span.since == 0 and span.until is None):
        return ruler
    start = place_of(span.since, curve, view) if span.since else None
    end = None if span.until is None else place_of(span.until, curve, view)
    return replace(ruler, start=start, end=end)


def _placed(ruler: Ruler, y: Span) -> Ruler:
    """Return the ruler on the plot if the frame has room for it after all."""
    return replace(ruler, beyond=0) if y.holds(ruler.height) else ruler


def _text(anchor: AnchorLine) -> str:
    value = f"{anchor.value:.3f}".rstrip("0").rstrip(".").replace("-", "\u2212")
    if abs(anchor.value) >= 1000:
        value = short(anchor.value)
    return f"{anchor.label} = {value}" if anchor.label.endswith(")") else f"{anchor.label} {value}"


def _x_span(trace: RunTrace, view: View, curves: list[Curve], before: Drawing | None) -> Span:
    ends = [curve.seconds if view.by_time else curve.steps for curve in curves if len(curve)]
    end = max((float(axis[-1]) for axis in ends), default=0.0)
    if trace.summary.outcome == "done" and end > 0:
        return Span(0.0, end)  # Nothing comes any more that room would be kept for.
    total = None if view.by_time else trace.summary.total_steps
    return framed_ahead(end, before.x if before else None, total)


def _signs(marks: Sequence[Mark], view: View, curve: Curve) -> tuple[Sign, ...]:
    if not len(curve):
        return ()
    smooth = curve.smoothed(view.smoothing)
    heights = on_log_axis(smooth)[0] if view.log else smooth
    return tuple(
        Sign(
            mark,
            place_of(mark.step, curve, view),
            float(heights[nearest_index(curve.steps, mark.step)]),
        )
        for mark in marks
    )
