"""A warning by numbers that were reckoned by hand."""

from sslstudio.catalog.losses.nt_xent import NtXentSpec
from sslstudio.catalog.targets.queue import QueueSpec
from tests.catalog.losses.wirings import wiring


def problems(spec, **rest):
    return list(spec.doubts(wiring(spec, NtXentSpec(batch_negatives=False), **rest)))


def test_a_teacher_that_outruns_the_queue_is_warned_of_and_slowed_down():
    # 48,000 images give 12,000 keys: 23 steps of 512, in which .9 leaves 8 % of the teacher.
    (problem,) = problems(QueueSpec(start=0.9, end=0.95), train_images=48_000)
    assert (problem.severity, problem.path) == ("warning", "objective.target.start")
    assert "23 steps" in problem.text
    assert "92%" in problem.text
    momentum = {"objective.target.start": 0.9906, "objective.target.end": 0.9906}
    assert dict(problem.fix.edits) == momentum
    assert not problems(QueueSpec(start=0.9906, end=0.9906), train_images=48_000)


def test_an_end_that_is_slow_enough_stays():
    (problem,) = problems(QueueSpec(start=0.9, end=0.999), train_images=48_000)
    assert [path for path, _ in problem.fix.edits] == ["objective.target.start"]


def test_the_pace_is_that_of_whole_steps_and_of_all_views():
    spec = QueueSpec(start=0.9)
    assert problems(spec, train_images=48_000, batch_size=64)
    assert not problems(spec, train_images=48_000, batch_size=64, step_images=1024)
    assert not problems(spec, train_images=48_000, global_views=4)


def test_few_images_or_none_known_give_no_reason_to_doubt():
    assert not problems(QueueSpec(start=0.9), train_images=10_000)
    assert not problems(QueueSpec(start=0.9))
    assert problems(QueueSpec(start=0.0), train_images=10_000)


def test_views_that_nobody_remembers_are_left_to_those_who_refuse_them():
    assert not problems(QueueSpec(start=0.0), train_images=10_000, global_views=0)


def test_the_remedy_never_stops_the_teacher():
    (problem,) = problems(QueueSpec(size=900_000, start=0.9), train_images=1_000_000)
    assert dict(problem.fix.edits)["objective.target.start"] == 0.9999
