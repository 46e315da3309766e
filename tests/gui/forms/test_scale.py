from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.fields import Range
from sslstudio.gui.forms.scale import Scale

SHARE = Scale(Range(0, 1), whole=False, unit="share")
HUE = Scale(Range(0, 0.5), whole=False, unit="± turns")
WIDTH = Scale(Range(8, 8192, log=True), whole=True, unit="units")
RATE = Scale(Range(1e-5, 1, log=True), whole=False)
LAYERS = Scale(Range(1, 4), whole=True)
ALL = [SHARE, HUE, WIDTH, RATE, LAYERS]


@pytest.mark.parametrize("scale", ALL)
def test_the_slider_offers_round_values_in_order_from_limit_to_limit(scale):
    values = scale.values
    assert values[0] == scale.range.low
    assert values[-1] == scale.range.high
    assert all(a < b for a, b in pairwise(values))
    assert 4 <= len(values) <= 120


@pytest.mark.parametrize("scale", ALL)
def test_every_offered_value_is_found_at_its_place(scale):
    for place, value in enumerate(scale.values):
        assert scale.position(value) == place


@given(st.sampled_from(ALL), st.floats(0, 1))
def test_what_is_written_can_be_read_again(scale, share):
    value = scale.at(round(share * (len(scale.values) - 1)))
    read = scale.read(scale.text(value))
    assert read == pytest.approx(value, rel=5e-3)


@given(st.sampled_from(ALL), st.floats(allow_nan=False, allow_infinity=False))
def test_no_typed_number_leaves_the_limits(scale, number):
    read = scale.read(str(number))
    assert read is None or scale.range.low <= read <= scale.range.high


@pytest.mark.parametrize(
    ("scale", "value", "text"),
    [
        (SHARE, 0.8, "80 %"),
        (SHARE, 0.085, "8.5 %"),
        (HUE, 0.1, "± 0.10 turns"),
        (HUE, 0.123, "± 0.123 turns"),
        (WIDTH, 2048, "2,048 units"),
        (RATE, 0.0003, "3e-4"),
        (RATE, 0.0024, "0.0024"),
        (LAYERS, 2, "2"),
    ],
)
def test_values_are_written_for_a_person(scale, value, text):
    assert scale.text(value) == text


@pytest.mark.parametrize(
    ("scale", "typed", "value"),
    [
        (SHARE, "80 %", 0.8),
        (SHARE, "80", 0.8),
        (SHARE, "0,5", 0.5),
        (SHARE, ".25", 0.25),
        (HUE, "± 0.2 turns", 0.2),
        (HUE, "7", 0.5),
        (WIDTH, "1,024", 1024),
        (WIDTH, "1 024 units", 1024),
        (RATE, "3e-4", 3e-4),
        (LAYERS, "2.6", 3),
        (LAYERS, "many", None),
        (RATE, "nan", None),
        (RATE, "", None),
    ],
)
def test_a_person_may_type_a_number_in_many_ways(scale, typed, value):
    assert scale.read(typed) == value


def test_widths_go_in_powers_of_two_and_their_quarters():
    assert {64, 96, 128, 512, 2048} <= set(WIDTH.values)


def test_a_seed_is_typed_not_slid():
    assert not Scale(Range(0, 2**31 - 1), whole=True).fits_slider
    assert LAYERS.fits_slider
