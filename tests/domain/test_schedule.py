import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.recipe import Schedule
from sslstudio.domain.schedule import cosine_between, rate_factor

KINDS = ("cosine", "one-cycle", "constant")


@pytest.mark.parametrize("kind", KINDS)
def test_the_rate_rises_from_zero_to_its_peak_when_the_warm_up_ends(kind):
    schedule = Schedule(kind=kind, warmup=0.2)
    assert [rate_factor(schedule, p) for p in (0.0, 0.1, 0.2)] == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cosine", [1.0, 0.5 * (1 + math.cos(math.pi / 4)), 0.5, 0.0]),
        ("one-cycle", [1.0, 0.75, 0.5, 0.0]),
        ("constant", [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_without_warm_up_the_first_step_has_the_peak_and_the_last_its_end(kind, expected):
    schedule = Schedule(kind=kind, warmup=0.0)
    found = [rate_factor(schedule, p) for p in (0.0, 0.25, 0.5, 1.0)]
    assert found == pytest.approx(expected)


@given(
    kind=st.sampled_from(KINDS),
    warmup=st.floats(0.0, 0.5),
    progress=st.floats(-1.0, 2.0),
)
def test_the_rate_is_a_share_of_the_peak_whatever_the_progress(kind, warmup, progress):
    assert 0.0 <= rate_factor(Schedule(kind=kind, warmup=warmup), progress) <= 1.0


def test_the_teachers_momentum_moves_from_start_to_end_along_a_half_wave():
    found = [cosine_between(0.9, 1.0, p) for p in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    assert found == pytest.approx([0.9, 0.9, 0.95, 1.0, 1.0])
