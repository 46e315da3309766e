"""What a run says comes back from JSON as it was said."""

import math

import pytest

from sslstudio.domain.events import EVENT, AnchorLine, GaugeCard, Measured, Started, Stepped

NAN, INFINITE = math.nan, math.inf


def again(event):
    return EVENT.validate_json(event.model_dump_json())


def test_terms_that_are_no_numbers_come_back():
    said = Stepped(
        step=7,
        terms={"loss": NAN, "other": -INFINITE},
        learning_rate=0.1,
        progress=0.2,
        seconds=1.0,
        images_per_second=9.0,
        epoch=0.1,
        gradient_norm=INFINITE,
    )
    read = again(said)
    assert math.isnan(read.terms["loss"])
    assert (read.terms["other"], read.gradient_norm) == (-INFINITE, INFINITE)


def test_readings_and_spectra_that_are_no_numbers_come_back():
    read = again(Measured(step=7, readings={"rank": NAN}, series={"spectrum": (1.0, NAN)}))
    assert math.isnan(read.readings["rank"])
    assert read.series["spectrum"][0] == 1.0
    assert math.isnan(read.series["spectrum"][1])


@pytest.mark.parametrize("part", ["anchors", "gauges"])
def test_what_stands_within_an_event_comes_back(part):
    anchor = AnchorLine(term="loss", label="none", value=INFINITE)
    gauge = GaugeCard(name="rank", label="", how_to_read="", healthy=(0.3, INFINITE))
    said = Started(step=0, **{part: (anchor if part == "anchors" else gauge,)})
    assert again(said) == said
