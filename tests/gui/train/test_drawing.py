import math

import numpy as np
import pytest

from sslstudio.domain.events import AnchorLine, Edited, Finished, Started, Stepped
from sslstudio.gui.train.curves import Span
from sslstudio.gui.train.drawing import View, drawn, nearest
from sslstudio.gui.train.trace import RunTrace

COLLAPSE = AnchorLine(term="loss", label="all alike: ln(511)", value=math.log(511), kind="collapse")
FLOOR = AnchorLine(term="loss", label="uniform sphere", value=1.566)
FAR = AnchorLine(term="loss", label="floor", value=-400.0, kind="bound")


def _trace(losses, anchors=(), total=1000, **terms):
    trace = RunTrace()
    trace.fold([Started(step=0, total_steps=total, anchors=anchors)])
    trace.fold(
        [
            Stepped(
                step=step,
                terms={"loss": loss, **{name: values[step - 1] for name, values in terms.items()}},
                learning_rate=1e-3,
                progress=0.0,
                seconds=step * 2.0,
                images_per_second=1.0,
                epoch=0.0,
            )
            for step, loss in enumerate(losses, start=1)
        ]
    )
    return trace


def test_the_ruler_lies_on_the_plot_with_its_value():
    drawing = drawn(_trace([7.0, 5.0, 3.0], (COLLAPSE, FLOOR)), View())
    assert [ruler.text for ruler in drawing.rulers] == [
        "all alike: ln(511) = 6.236",
        "uniform sphere 1.566",
    ]
    assert all(drawing.y.holds(ruler.height) for ruler in drawing.rulers)


def test_a_far_anchor_is_named_at_the_edge_and_does_not_squeeze_the_curve():
    drawing = drawn(_trace([7.0, 5.0, 3.0], (COLLAPSE, FAR)), View())
    assert [ruler.beyond for ruler in drawing.rulers] == [0, -1]
    assert drawing.y.size < 20


def test_the_axes_stand_still_while_the_curve_fits():
    losses = [7.0 - 0.004 * step for step in range(1000)]
    before = drawn(_trace(losses[:400]), View())
    after = drawn(_trace(losses[:420]), View(), before)
    assert (after.x, after.y) == (before.x, before.y)


def test_a_finished_run_fills_its_axis():
    trace = _trace([7.0] * 401, total=None)
    during = drawn(trace, View())
    assert during.x.high > 401
    trace.fold([Finished(step=401, outcome="done", seconds=802.0)])
    assert drawn(trace, View(), during).x == Span(0.0, 401.0)
    assert drawn(trace, View(by_time=True), during).x == Span(0.0, 802.0)
    longer = drawn(trace, View(), during, _trace([7.0] * 500, total=None))
    assert longer.x == Span(0.0, 500.0)


def test_a_logarithmic_axis_says_what_it_leaves_out():
    negative = drawn(_trace([-0.2, -0.5, -0.9], (FAR,)), View(log=True))
    assert negative.left_out == 3
    assert negative.rulers == ()
    assert np.isnan(negative.lines[0].raw_y).all()
    assert math.isfinite(negative.y.size)
    mixed = drawn(_trace([10.0, -1.0, 100.0]), View(log=True, smoothing=0.0))
    assert mixed.left_out == 1
    assert mixed.lines[0].raw_y[[0, 2]].tolist() == [1.0, 2.0]


def test_a_run_of_gaps_still_has_axes():
    drawing = drawn(_trace([math.nan, math.nan]), View())
    assert drawing.x.high >= 2
    assert drawing.y.size > 0


def test_nothing_yet_draws_empty_axes():
    drawing = drawn(_trace([], (COLLAPSE,)), View())
    assert drawing.lines == ()
    assert drawing.x.size > 0


def test_only_the_anchors_of_shown_terms_are_drawn():
    hinge = AnchorLine(term="variance", label="all alike", value=0.99, kind="collapse")
    trace = _trace([3.0, 2.0], (COLLAPSE, hinge), variance=[0.9, 0.5])
    assert [r.anchor for r in drawn(trace, View(terms=("variance",))).rulers] == [hinge]
    assert [line.name for line in drawn(trace, View(terms=("loss", "variance"))).lines] == [
        "loss",
        "variance",
    ]


def test_time_and_steps_are_two_axes_of_one_curve():
    trace = _trace([3.0] * 50)
    assert drawn(trace, View()).lines[0].raw_x[-1] == 50
    assert drawn(trace, View(by_time=True)).lines[0].raw_x[-1] == 100
    assert nearest(trace, View(by_time=True), 41.0) == (20, {"loss": 3.0})
    assert nearest(trace, View(), 1e9) == (50, {"loss": 3.0})
    assert nearest(_trace([]), View(), 1.0) is None


def test_a_moved_anchor_ends_at_its_edit_on_either_axis_and_far_past_ones_are_left_out():
    trace = _trace([7.0 - 0.1 * step for step in range(40)], (FLOOR, FAR))
    moved = (FLOOR.model_copy(update={"value": 4.0}),)
    trace.fold([Edited(step=20, path="objective.loss.temperature", value=0.5, anchors=moved)])
    old, new = drawn(trace, View()).rulers
    assert (old.height, old.end, old.is_past) == (1.566, 20.0, True)
    assert (new.height, new.start, new.is_past) == (4.0, 20.0, False)
    assert drawn(trace, View(by_time=True)).rulers[0].end == pytest.approx(40.0)


def test_edits_sit_on_the_curve():
    trace = _trace([float(v) for v in range(1, 21)])
    trace.fold([Edited(step=10, path="objective.loss.temperature", value=0.3)])
    sign = drawn(trace, View(smoothing=0.0)).signs[0]
    assert (sign.x, sign.y) == (10.0, 10.0)
    assert drawn(trace, View(smoothing=0.0, by_time=True)).signs[0].x == pytest.approx(20.0)
