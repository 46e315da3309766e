import pytest

from sslstudio.domain.checkpoints import Checkpoint, best_of, superfluous


def saved(*steps, total=1000, knn=None):
    knn = knn or {}
    return [Checkpoint(step=s, progress=s / total, knn=knn.get(s)) for s in steps]


def test_the_first_of_each_tenth_and_the_last_three_stay():
    steps = list(range(20, 1001, 20))
    gone = superfluous(saved(*steps), ())
    stays = [step for step in steps if step not in gone]
    assert stays == [100, 200, 300, 400, 500, 600, 700, 800, 900, 960, 980, 1000]


def test_the_border_of_a_tenth_is_met_in_spite_of_rounding():
    # 0.1 * 3 is a little more than 0.3, and 0.29999999999999993 a little less.
    points = [Checkpoint(step=s, progress=p) for s, p in ((3, 0.3 - 5e-17), (4, 0.35), (5, 0.36))]
    points += saved(900, 950, 960)
    assert 3 not in superfluous(points, ())
    assert 4 in superfluous(points, ())


def test_the_best_and_the_wanted_ones_stay():
    points = saved(110, 130, 150, 170, 190, 900, 910, 920, knn={130: 0.7, 110: 0.4, 190: 0.6})
    assert superfluous(points, ()) == (150, 170, 190)
    assert superfluous(points, (170, 12345)) == (150, 190)


def test_few_checkpoints_all_stay():
    assert superfluous(saved(1, 2, 3), ()) == ()
    assert superfluous([], ()) == ()


def test_the_number_that_stays_does_not_grow_with_the_run():
    seen: list[Checkpoint] = []
    for step in range(1, 20_001):
        seen.append(Checkpoint(step=step, progress=step / 20_000, knn=None))
        gone = superfluous(seen, ())
        seen = [point for point in seen if point.step not in gone]
        assert len(seen) <= 14
    assert [round(point.progress, 4) for point in seen[:9]] == [n / 10 for n in range(1, 10)]


@pytest.mark.parametrize(
    ("knn", "step"),
    [({}, None), ({10: 0.5}, 10), ({10: 0.5, 20: 0.7, 30: 0.6}, 20), ({10: 0.7, 30: 0.7}, 30)],
)
def test_the_best_has_the_highest_knn_and_the_newest_of_equals_wins(knn, step):
    best = best_of(saved(10, 20, 30, knn=knn))
    assert (best and best.step) == step
