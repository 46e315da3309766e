from __future__ import annotations

import json
import math

import pytest

from sslstudio.domain.events import EVENT, VerdictGiven
from sslstudio.domain.verdict import FIRST_STEP, Judge
from tests.domain.recorded import COLLAPSING, HEALTHY, RUNS, readings, verdicts

GOOD = {
    "spread": 0.9,
    "spread_z": 0.95,
    "rank": 91.0,
    "rank_share": 0.5,
    "rank_share_centred": 0.55,
    "rank_z": 60.0,
    "rank_share_z": 0.5,
    "uniformity": -2.9,
}
CONSTANT = {
    "spread": 0.01,
    "spread_z": 0.02,
    "rank": 1.1,
    "rank_share": 0.006,
    "rank_share_centred": 0.3,
    "rank_z": 1.2,
    "rank_share_z": 0.01,
    "uniformity": -0.001,
}


def told(judge, step, numbers=GOOD, loss: float | None = 1.0, progress=0.0) -> VerdictGiven | None:
    terms = {} if loss is None else {"loss": loss}
    return judge.consider(step, progress, terms, numbers, GOOD)


def states(steps_and_numbers) -> list[str]:
    judge, seen = Judge(), []
    for number, (step, numbers) in enumerate(steps_and_numbers):
        verdict = told(judge, step, numbers, loss=5.0 - 0.1 * number)
        seen.append(verdict.state if verdict else (seen[-1] if seen else ""))
    return seen


@pytest.mark.parametrize("run", COLLAPSING)
def test_recorded_collapses_are_called_within_270_steps(run):
    given = verdicts(RUNS[run])
    assert given[-1].state == "collapsed"
    assert next(v.step for v in given if v.state == "collapsed") <= 270


@pytest.mark.parametrize("run", HEALTHY)
def test_recorded_healthy_runs_are_never_called_anything_else_than_learning(run):
    given = verdicts(RUNS[run])
    assert {v.state for v in given} == {"warming-up", "learning"}
    assert given[-1].state == "learning"


@pytest.mark.parametrize("run", HEALTHY)
def test_recorded_healthy_runs_survive_every_missing_monitor(run):
    for missing in ("spread", "rank", "rank_share_centred", "uniformity", "rank_z", "spread_z"):
        judge = Judge()
        for row in RUNS[run]:
            left = {name: value for name, value in readings(row).items() if name != missing}
            judge.consider(int(row[0]), 0.5, {}, left, {})
        assert judge.state()["state"] == "learning"


@pytest.mark.parametrize("cut", [1, 3, 5, 6])
@pytest.mark.parametrize("run", sorted(RUNS))
def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(run, cut):
    rows = RUNS[run]
    judge = Judge()
    before = verdicts(rows[:cut], judge)
    after_restart = Judge.restored(json.loads(json.dumps(judge.state())))
    baseline = readings(rows[0])
    after = [
        verdict
        for row in rows[cut:]
        if (
            verdict := after_restart.consider(
                int(row[0]),
                row[0] / 400,
                {} if row[1] is None else {"loss": row[1]},
                readings(row),
                baseline,
            )
        )
    ]
    assert before + after == verdicts(rows)


def test_it_warms_up_first_even_if_all_readings_are_bad():
    assert states([(0, CONSTANT), (25, CONSTANT), (50, CONSTANT)])[-1] == "warming-up"


def test_one_bad_measurement_is_no_collapse():
    course = [(0, GOOD), (100, GOOD), (125, CONSTANT), (150, GOOD), (175, CONSTANT), (200, GOOD)]
    assert "collapsed" not in states(course)


def test_bad_measurements_close_together_need_to_be_three():
    course = [(0, GOOD), (75, CONSTANT), (85, CONSTANT), (95, CONSTANT)]
    assert states(course) == ["warming-up", "learning", "learning", "collapsed"]


def test_rare_measurements_need_to_be_two():
    course = [(0, GOOD), (200, CONSTANT), (400, CONSTANT)]
    assert states(course) == ["warming-up", "learning", "collapsed"]


def test_a_collapse_is_taken_back_after_two_clear_measurements():
    course = [(0, GOOD), (100, CONSTANT), (150, CONSTANT), (200, GOOD), (250, GOOD), (300, GOOD)]
    assert states(course)[2:] == ["collapsed", "collapsed", "learning", "learning"]


def test_a_collapse_that_blinks_stays_one():
    course = [(0, GOOD), (100, CONSTANT), (150, CONSTANT), (200, GOOD), (250, CONSTANT)]
    assert states(course)[2:] == ["collapsed", "collapsed", "collapsed"]


def test_a_loss_that_is_not_a_number_has_diverged_at_once():
    for bad in (math.nan, math.inf):
        verdict = told(Judge(), 3, loss=bad)
        assert verdict.state == "diverged"
        assert "loss" not in verdict.evidence
        assert EVENT.validate_json(verdict.model_dump_json()) == verdict


def test_readings_that_are_not_numbers_have_diverged():
    verdict = told(Judge(), 100, {**GOOD, "alignment": math.nan})
    assert verdict.state == "diverged"


def test_an_exploding_loss_has_diverged_and_a_high_start_has_not():
    judge = Judge()
    told(judge, 25, loss=6.0)
    assert told(judge, 100, loss=121.0).state == "diverged"
    start = Judge()
    told(start, 25, loss=400.0)
    assert told(start, 100, loss=390.0).state == "learning"


def test_the_sentence_of_an_explosion_names_both_losses():
    judge = Judge()
    told(judge, 25, loss=6.0)
    assert told(judge, 100, loss=4310.0).sentence == "The loss exploded from 6.00 to 4,310."


def course_of_losses(losses, knn=None):
    judge, seen = Judge(), []
    for number, loss in enumerate(losses):
        step = 25 * number
        numbers = GOOD if knn is None else {**GOOD, "knn": knn[number]}
        verdict = judge.consider(
            step,
            0.0,
            {"loss": loss},
            numbers,
            numbers if not step else {**GOOD, **({} if knn is None else {"knn": knn[0]})},
        )
        seen.append(verdict.state if verdict else seen[-1])
    return seen


def test_a_loss_that_stays_where_it_began_has_stalled_after_200_steps():
    noise = [6.24 + 0.03 * (-1) ** n for n in range(20)]
    seen = course_of_losses(noise)
    assert seen[-1] == "stalled"
    assert seen.index("stalled") * 25 == FIRST_STEP + 200


def test_a_falling_loss_or_a_rising_knn_is_no_stall():
    assert "stalled" not in course_of_losses([6.24 * 0.99**n for n in range(30)])
    flat = [6.24] * 30
    assert "stalled" not in course_of_losses(flat, knn=[0.3 + 0.01 * n for n in range(30)])
    assert course_of_losses(flat, knn=[0.3] * 30)[-1] == "stalled"


def test_a_loss_that_fell_and_levels_out_is_no_stall():
    falling = [6.0 - 0.1 * n for n in range(20)]
    assert "stalled" not in course_of_losses(falling + [falling[-1]] * 60)


def test_the_sentence_says_what_happened_to_knn():
    judge = Judge()
    told(judge, 0, {**GOOD, "knn": 0.43})
    told(judge, 300, {**GOOD, "knn": 0.55})
    verdict = told(judge, 400, {**GOOD, "knn": 0.58})
    assert verdict is None or "rose" in verdict.sentence
    later = told(judge, 500, {**GOOD, "knn": 0.55})
    assert later.sentence == "Spread and rank are healthy; kNN fell .03 in the last 100 steps."


def test_an_older_knn_is_dated():
    judge = Judge()
    told(judge, 0, {**GOOD, "knn": 0.43})
    told(judge, 100, {**GOOD, "knn": 0.50})
    verdict = told(judge, 150, GOOD, progress=0.5)
    assert "kNN rose .07 from step 0 to 100" in verdict.sentence


def test_without_knn_the_sentence_tells_of_the_loss():
    judge = Judge()
    told(judge, 100, loss=5.0)
    assert "the loss fell .60 in the last 100 steps" in told(judge, 200, loss=4.4).sentence


def test_low_readings_are_named_with_their_numbers():
    low = {**GOOD, "spread": 0.42, "rank": 6.6, "rank_share": 0.05}
    verdict = told(Judge(), 100, low)
    assert verdict.state == "learning"
    assert verdict.sentence.startswith("Spread is low (.42) and rank is low (about 7 directions)")


def test_the_same_words_are_not_repeated_until_a_tenth_of_the_budget():
    judge = Judge()
    assert told(judge, 100, loss=5.0, progress=0.1) is not None
    assert told(judge, 125, loss=4.8, progress=0.12) is not None  # the loss has a trend now
    assert told(judge, 150, loss=4.6, progress=0.15) is None
    assert told(judge, 200, loss=4.2, progress=0.23) is not None


def test_evidence_always_holds_spread_and_rank():
    for run in COLLAPSING:
        for verdict in verdicts(RUNS[run]):
            assert {"spread", "spread_z", "rank", "rank_share"} <= verdict.evidence.keys()


def test_without_monitors_the_loss_alone_is_judged():
    judge = Judge()
    judge.consider(0, 0.0, {}, {}, {})
    first = judge.consider(100, 0.2, {"loss": 2.0}, {}, {})
    assert (first.state, first.sentence) == ("learning", "The loss is a number and moves.")
    second = judge.consider(200, 0.4, {"loss": 1.0}, {}, {})
    assert second.sentence == "The loss fell 1.00 in the last 100 steps."
