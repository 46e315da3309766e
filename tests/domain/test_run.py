import pytest

from sslstudio.domain.events import (
    AnchorLine,
    Dropped,
    Edited,
    Finished,
    Measured,
    Saved,
    Started,
    Stepped,
)
from sslstudio.domain.run import fold

COLD = AnchorLine(term="loss", label="uniform sphere", value=1.57)
WARM = AnchorLine(term="loss", label="uniform sphere", value=4.26)


def measured(step, knn=None):
    return Measured(step=step, readings={"spread": 0.9, **({} if knn is None else {"knn": knn})})


def saved(step, progress=None):
    return Saved(step=step, path=f"checkpoints/{step}", progress=progress)


def test_a_checkpoint_has_the_knn_that_was_measured_at_its_own_step_only():
    events = [Started(step=0), measured(10, 0.4), saved(10, 0.1), measured(20), saved(20, 0.2)]
    summary = fold([*events, measured(28, 0.6), saved(30, 0.3)])
    assert [(c.step, c.knn) for c in summary.saved] == [(10, 0.4), (20, None), (30, None)]
    assert summary.best is not None
    assert summary.best.step == 10


def test_a_resumed_run_forgets_the_checkpoints_it_will_write_again():
    events = [Started(step=0), measured(10, 0.4), saved(10, 0.1), measured(20, 0.9), saved(20, 0.2)]
    summary = fold([*events, Started(step=10, resumed=True)])
    assert summary.checkpoints == (10,)
    assert summary.best is not None
    assert summary.best.step == 10


def test_dropped_checkpoints_are_gone():
    events = [Started(step=0), saved(10, 0.1), saved(20, 0.2), Dropped(step=20, steps=(10,))]
    assert fold(events).checkpoints == (20,)


def test_only_checkpoints_with_budget_left_can_be_branched_from():
    summary = fold([Started(step=0), saved(10, 0.5), saved(20, 1.0)])
    assert summary.branchable == (10,)


def test_a_checkpoint_of_an_older_build_stands_where_the_run_stood():
    stepped = Stepped(
        step=9, terms={}, learning_rate=0.1, progress=0.3, seconds=1, images_per_second=1, epoch=0
    )
    assert fold([Started(step=0), stepped, saved(10)]).saved[0].progress == 0.3


@pytest.mark.parametrize(("outcome", "progress"), [("done", 1.0), ("stopped", 0.9)])
def test_a_run_that_is_done_has_used_its_budget(outcome, progress):
    stepped = Stepped(
        step=9, terms={}, learning_rate=0.1, progress=0.9, seconds=1, images_per_second=1, epoch=0
    )
    assert (
        fold([Started(step=0), stepped, Finished(step=9, outcome=outcome, seconds=1)]).progress
        == progress
    )


def test_an_edit_brings_its_anchors_and_one_of_an_older_build_changes_none():
    started = Started(step=0, anchors=(COLD,))
    path = "objective.loss.temperature"
    assert fold([started, Edited(step=5, path=path, value=0.5, anchors=(WARM,))]).anchors == (WARM,)
    assert fold([started, Edited(step=5, path=path, value=0.5)]).anchors == (COLD,)


def test_a_failure_keeps_the_time_that_was_trained():
    stepped = Stepped(
        step=9, terms={}, learning_rate=0.1, progress=0.3, seconds=7, images_per_second=1, epoch=0
    )
    failed = Finished(step=9, outcome="failed", seconds=0.0, message="The disk is full.")
    assert fold([Started(step=0), stepped, failed]).seconds == 7
