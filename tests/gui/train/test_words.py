import math

import pytest

from sslstudio.gui.train import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "under 10 s left"),
        (23, "25 s left"),
        (60, "about a minute left"),
        (354, "5 min 54 s left"),
        (7800, "2 h 10 min left"),
        (3599.9, "1 h 0 min left"),
    ],
)
def test_time_left(seconds, text):
    assert words.time_left(seconds) == text


def test_remaining_time_follows_from_the_share_of_the_budget():
    assert words.remaining(0.25, 100) == "5 min 0 s left"
    assert words.remaining(0.0, 0.0) == "measuring speed"
    assert words.remaining(1.0, 100) == "budget used"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-2.9, 1, "−2.9"),
        (-0.001, 2, "0.00"),
        (1842.4, 0, "1,842"),
        (math.nan, 2, "not a number"),
        (math.inf, 2, "infinite"),
    ],
)
def test_numbers(value, digits, text):
    assert words.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(6.2364, "6.24"), (0.0312, "0.0312"), (2.4e-5, "2.4e−5"), (12400.0, "12,400"), (0.0, "0")],
)
def test_short_numbers(value, text):
    assert words.short(value) == text


def test_an_edit_reads_as_a_sentence():
    assert words.edit_label("objective.loss.temperature", 0.1) == "Temperature set to 0.100"


def test_memory_and_steps():
    assert words.memory(1_400_000_000) == "1.4 GB"
    assert words.memory(0) == "–"
    assert words.steps_done(412, 1060) == "412 of 1,060 steps"
    assert words.steps_done(412, None) == "step 412"
