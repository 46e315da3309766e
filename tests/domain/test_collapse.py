from __future__ import annotations

from dataclasses import replace

import pytest

from sslstudio.domain.collapse import Readings, form_of_collapse
from tests.domain.recorded import COLLAPSING, HEALTHY, RUNS, readings

GOOD = Readings(
    spread=0.9,
    spread_z=0.9,
    rank=90.0,
    rank_share=0.5,
    rank_share_centred=0.5,
    rank_z=60.0,
    rank_share_z=0.5,
    uniformity=-2.9,
)


def test_health_is_no_collapse():
    assert form_of_collapse(GOOD) == ""


@pytest.mark.parametrize("run", HEALTHY)
def test_no_settled_measurement_of_a_healthy_run_looks_collapsed(run):
    for row in RUNS[run]:
        if row[0] >= 75:
            assert form_of_collapse(Readings.among(readings(row))) == ""


@pytest.mark.parametrize("run", COLLAPSING)
def test_settled_measurements_of_a_collapse_have_its_form(run):
    late = [Readings.among(readings(row)) for row in RUNS[run] if row[0] >= 100]
    expected = "projected" if run.startswith("no_predictor") else "dimensional"
    assert {form_of_collapse(taken) for taken in late} == {expected}


def test_a_constant_is_a_complete_collapse():
    constant = replace(GOOD, spread=0.02, spread_z=0.01, rank=1.2, rank_z=1.1, uniformity=-0.01)
    assert form_of_collapse(constant) == "complete"


def test_a_line_is_a_dimensional_collapse_though_its_spread_is_high():
    line = replace(
        GOOD,
        spread=0.8,
        spread_z=0.8,
        rank=1.3,
        rank_share=0.01,
        rank_share_centred=0.01,
        rank_z=1.0,
        uniformity=-0.69,
    )
    assert form_of_collapse(line) == "dimensional"


def test_low_rank_of_the_projections_alone_is_benign():
    assert form_of_collapse(replace(GOOD, rank_z=2.0, rank_share_z=0.02, uniformity=-0.5)) == ""


def test_low_spread_alone_and_low_rank_alone_are_no_collapse():
    assert form_of_collapse(replace(GOOD, spread=0.05, spread_z=0.05)) == ""
    few = replace(GOOD, rank=5.0, rank_share=0.05, rank_share_centred=0.05, rank_z=5.0)
    assert form_of_collapse(few) == ""


def test_features_far_from_zero_are_judged_around_their_mean():
    # An autoencoder's h has no projector behind it, is never centred, and is all alike in angle.
    offset = Readings(
        spread=0.9,
        spread_z=0.15,
        rank=4.0,
        rank_share=0.04,
        rank_share_centred=0.4,
        rank_z=4.0,
        rank_share_z=0.04,
        uniformity=-0.1,
    )
    assert form_of_collapse(offset) == ""
    assert form_of_collapse(replace(offset, spread=0.4, rank=1.9, rank_z=1.9)) == ""


def test_few_classes_in_few_directions_are_no_collapse():
    # Rotation prediction, step 150: four classes, no projector, no second view.
    rotation = Readings(
        spread=0.86,
        spread_z=0.59,
        rank=5.3,
        rank_share=0.084,
        rank_share_centred=0.09,
        rank_z=5.3,
        rank_share_z=0.084,
    )
    assert form_of_collapse(rotation) == ""
    assert form_of_collapse(replace(rotation, uniformity=-0.5)) == ""
    assert form_of_collapse(replace(rotation, uniformity=-0.5, alignment=0.1)) == "dimensional"


def test_without_spread_or_rank_nothing_is_said():
    constant = replace(GOOD, spread=0.0, spread_z=0.0, rank=1.0, rank_z=1.0, uniformity=0.0)
    for missing in ("spread", "rank", "spread_z", "rank_z"):
        assert form_of_collapse(replace(constant, **{missing: None})) == ""


def test_readings_of_unknown_names_are_left_out():
    found = Readings.among({"spread": 0.5, "spectrum": 0.1})
    assert found.known() == {"spread": 0.5}
