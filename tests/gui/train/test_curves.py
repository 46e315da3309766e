import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.gui.train.curves import (
    Curve,
    Span,
    framed,
    framed_ahead,
    log_ticks,
    nice_distance,
    on_log_axis,
    span_of,
    thinned,
    ticks,
)


def _curve(values):
    curve = Curve(capacity=4)
    for step, value in enumerate(values, start=1):
        curve.append(step, step * 0.5, value)
    return curve


def test_a_curve_grows_past_its_capacity_and_keeps_every_point():
    curve = _curve(range(100))
    assert len(curve) == 100
    assert curve.steps.tolist() == list(range(1, 101))
    assert curve.seconds[-1] == 50.0
    assert curve.last == 99


def test_a_resumed_curve_forgets_what_is_walked_again_and_smooths_afresh():
    curve = _curve([1.0] * 10 + [9.0] * 10)
    curve.smoothed(0.6)
    curve.cut_after(10)
    assert len(curve) == 10
    assert curve.smoothed(0.6)[-1] == pytest.approx(1.0)
    curve.append(11, 5.5, 2.0)
    assert 1.0 < curve.smoothed(0.6)[-1] < 2.0


def test_smoothing_point_by_point_equals_smoothing_at_once():
    values = np.random.default_rng(0).normal(size=200)
    grown = Curve()
    for step, value in enumerate(values):
        grown.append(step, step, value)
        grown.smoothed(0.9)
    np.testing.assert_allclose(grown.smoothed(0.9), _curve(values).smoothed(0.9))


def test_smoothing_starts_at_the_first_value_and_leaves_gaps_where_there_is_no_number():
    smooth = _curve([4.0, math.nan, 4.0, math.inf, 4.0]).smoothed(0.9)
    assert smooth[0] == pytest.approx(4.0)
    assert np.isnan(smooth[[1, 3]]).all()
    assert smooth[4] == pytest.approx(4.0)


def test_no_smoothing_returns_the_values():
    assert _curve([3.0, 1.0, 2.0]).smoothed(0.0).tolist() == [3.0, 1.0, 2.0]


def test_thinning_keeps_a_single_spike_and_ignores_gaps():
    y = np.zeros(10_000)
    y[7_777] = 50.0
    y[123] = np.nan
    x, kept = thinned(np.arange(10_000.0), y, 300)
    assert len(x) == len(kept) == 600
    assert np.nanmax(kept) == 50.0
    assert np.all(np.diff(x) >= 0)


def test_short_curves_are_not_thinned():
    y = np.arange(20.0)
    assert thinned(y, y, 300)[1] is y


def test_a_logarithmic_axis_counts_what_it_cannot_show():
    logs, left_out = on_log_axis(np.array([100.0, 0.0, -3.0, np.nan]))
    assert logs[0] == 2.0
    assert np.isnan(logs[1:]).all()
    assert left_out == 2


def test_one_spike_does_not_stretch_the_axis():
    values = np.full(1000, 2.0)
    values[::2] = 3.0
    values[500] = 1e6
    span = span_of(values)
    assert span is not None
    assert span.high == pytest.approx(3.0)


def test_nothing_finite_has_no_span():
    assert span_of(np.array([np.nan, np.inf])) is None


@given(
    st.floats(-1e6, 1e6, allow_nan=False), st.floats(1e-6, 1e6, allow_nan=False), st.integers(2, 8)
)
def test_a_frame_holds_what_is_needed_and_ends_on_ticks(low, size, parts):
    needed = Span(low, low + size)
    frame = framed(needed, None, parts)
    slack = 1e-6 * max(abs(frame.low), abs(frame.high), frame.size)
    assert frame.low <= needed.low + slack
    assert frame.high >= needed.high - slack
    assert frame.size <= 4 * nice_distance(size, parts) + 2 * size


def test_a_frame_stands_still_until_it_is_left():
    frame = framed(Span(0.0, 6.2), None)
    assert framed(Span(1.0, 6.9), frame) is frame
    assert framed(Span(1.0, 9.0), frame).high >= 9.0
    assert framed(Span(0.0, 0.1), frame).size < frame.size


def test_the_step_axis_grows_seldom_and_never_past_the_budget():
    frame, changes = None, 0
    for step in range(1, 1061):
        grown = framed_ahead(step, frame, 1060)
        changes += grown != frame
        frame = grown
        assert frame.low == 0.0
        assert step <= frame.high <= 1060
    assert changes < 25


def test_ticks_lie_on_the_span_and_are_few():
    assert ticks(Span(1.0, 7.0)) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert ticks(Span(0.0, 10.0)) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert log_ticks(Span(-2.0, 2.0)) == [-2, -1, 0, 1, 2]
    assert log_ticks(Span(0.0, 1.0)) == pytest.approx([0, math.log10(2), math.log10(5), 1])
