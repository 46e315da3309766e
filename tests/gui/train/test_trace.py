import math

from sslstudio.domain.events import (
    AnchorLine,
    Edited,
    Measured,
    Saved,
    Started,
    Stepped,
    VerdictGiven,
)
from sslstudio.domain.run import fold
from sslstudio.gui.train.trace import AnchorSpan, RunTrace

ALIKE = AnchorLine(term="loss", label="all alike", value=6.236, kind="collapse")
COLD = AnchorLine(term="loss", label="uniform sphere", value=1.566)
WARM = AnchorLine(term="loss", label="uniform sphere", value=4.264)


def stepped(step, loss=1.0, **terms):
    return Stepped(
        step=step,
        terms={"loss": loss, **terms},
        learning_rate=1e-3,
        progress=step / 100,
        seconds=step / 2,
        images_per_second=900,
        epoch=step / 10,
    )


def test_curves_hold_every_term_and_reading():
    trace = RunTrace()
    trace.fold([Started(step=0, total_steps=100), stepped(1, 6.0, variance=0.5), stepped(2, 5.0)])
    trace.fold([Measured(step=2, readings={"spread": 0.9}, series={"spectrum": (3.0, 1.0)})])
    assert trace.terms["loss"].values.tolist() == [6.0, 5.0]
    assert trace.terms["variance"].steps.tolist() == [1]
    assert trace.readings["spread"].seconds.tolist() == [1.0]
    assert trace.spectra["spectrum"] == (3.0, 1.0)


def test_the_summary_is_the_fold_of_all_events_however_they_are_batched():
    events = [
        Started(step=0, total_steps=100),
        *(stepped(step) for step in range(1, 10)),
        Measured(step=9, readings={"spread": 0.4}),
        Saved(step=9, path="checkpoints/step-00000009.safetensors"),
        *(stepped(step) for step in range(10, 20)),
        VerdictGiven(step=19, state="learning", sentence="Fine."),
    ]
    at_once, piecewise = RunTrace(), RunTrace()
    at_once.fold(events)
    for event in events:
        piecewise.fold([event])
    assert at_once.summary == piecewise.summary == fold(events)


def test_a_resumed_run_walks_its_last_steps_again_without_a_knot_in_the_curve():
    trace = RunTrace()
    trace.fold([Started(step=0, total_steps=100), *(stepped(step, 9.0) for step in range(1, 60))])
    trace.fold([Edited(step=55, path="objective.loss.temperature", value=0.3)])
    trace.fold([Started(step=50, total_steps=100, resumed=True)])
    trace.fold([stepped(step, 2.0) for step in range(51, 56)])
    steps = trace.terms["loss"].steps
    assert steps.tolist() == list(range(1, 56))
    assert trace.terms["loss"].values[-5:].tolist() == [2.0] * 5
    assert [mark.kind for mark in trace.marks] == ["resumed"]


def test_marks_are_edits_and_changes_of_the_verdict():
    trace = RunTrace()
    for step, state in [(10, "warming-up"), (20, "learning"), (30, "learning"), (40, "collapsed")]:
        trace.fold([VerdictGiven(step=step, state=state, sentence="")])
    trace.fold([Edited(step=45, path="objective.loss.temperature", value=0.3)])
    assert [(mark.step, mark.text) for mark in trace.marks] == [
        (20, "Learning"),
        (40, "Collapsed"),
        (45, "Temperature set to 0.300"),
    ]


def test_an_anchor_holds_until_an_edit_moves_it():
    trace = RunTrace()
    trace.fold([Started(step=0, anchors=(ALIKE, COLD))])
    path = "objective.loss.temperature"
    trace.fold([Edited(step=40, path=path, value=0.5, anchors=(ALIKE, WARM))])
    assert trace.anchors == (AnchorSpan(ALIKE), AnchorSpan(COLD, 0, 40), AnchorSpan(WARM, 40))
    trace.fold([Edited(step=40, path=path, value=0.2, anchors=(ALIKE, COLD))])
    assert trace.anchors == (AnchorSpan(ALIKE), AnchorSpan(COLD, 0, 40), AnchorSpan(COLD, 40))
    trace.fold([Edited(step=50, path="optimizer.learning_rate", value=0.1, anchors=(ALIKE, COLD))])
    trace.fold([Edited(step=60, path="optimizer.learning_rate", value=0.2)])
    assert len(trace.anchors) == 3


def test_a_resumed_run_has_the_anchors_of_its_checkpoint():
    trace = RunTrace()
    edit = Edited(step=40, path="objective.loss.temperature", value=0.5, anchors=(ALIKE, WARM))
    trace.fold([Started(step=0, anchors=(ALIKE, COLD)), stepped(39), edit, stepped(60)])
    trace.fold([Started(step=30, anchors=(ALIKE, COLD), resumed=True)])
    assert trace.anchors == (AnchorSpan(ALIKE), AnchorSpan(COLD))
    later = RunTrace()
    later.fold([Started(step=0, anchors=(ALIKE, COLD)), stepped(39), edit, stepped(60)])
    later.fold([Started(step=50, anchors=(ALIKE, WARM), resumed=True)])
    assert later.anchors == (AnchorSpan(ALIKE), AnchorSpan(COLD, 0, 40), AnchorSpan(WARM, 40))


def test_a_loss_that_is_not_a_number_is_kept_as_a_gap():
    trace = RunTrace()
    trace.fold([stepped(1, 2.0), stepped(2, math.nan)])
    assert math.isnan(trace.terms["loss"].last)
    assert len(trace.terms["loss"]) == 2
