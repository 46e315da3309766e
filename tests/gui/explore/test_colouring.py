import numpy as np
import pytest

from sslstudio.gui.class_palette import CLASS_COLOURS, CYCLE, REST_COLOUR, VIRIDIS
from sslstudio.gui.explore.colouring import by_angle, by_class, by_value
from sslstudio.gui.tokens import rgb


def test_classes_have_the_palettes_colours_and_the_unlabelled_are_grey():
    colouring = by_class(np.array([1, 0, -1]), ("cat", "dog"), CLASS_COLOURS)
    expected = [rgb(CLASS_COLOURS[1]), rgb(CLASS_COLOURS[0]), rgb(REST_COLOUR)]
    assert colouring.colours.tolist() == [list(colour) for colour in expected]
    assert colouring.swatches == CLASS_COLOURS[:2]
    assert not colouring.is_continuous


def test_classes_beyond_twenty_are_grey_until_one_is_highlighted():
    names = tuple(str(code) for code in range(30))
    colouring = by_class(np.arange(30), names, CLASS_COLOURS)
    assert (colouring.colours[20:] == rgb(REST_COLOUR)).all()
    assert not (colouring.colours[:20] == rgb(REST_COLOUR)).all(axis=1).any()
    lit = colouring.with_highlight(25, "#FF0000")
    assert lit[25].tolist() == [255, 0, 0]
    assert (np.delete(lit, 25, axis=0) == np.delete(colouring.colours, 25, axis=0)).all()
    assert colouring.with_highlight(3, "#FF0000") is colouring.colours


def test_numbers_run_through_viridis_without_being_ruled_by_outliers():
    values = np.append(np.linspace(0, 1, 1000), [1e6, np.nan])
    colouring = by_value(values, "loss")
    assert colouring.span == pytest.approx((0, 1), abs=0.02)
    assert colouring.colours[0].tolist() == list(VIRIDIS[0])
    assert colouring.colours[999].tolist() == list(VIRIDIS[255])
    assert colouring.colours[1000].tolist() == list(VIRIDIS[255])
    assert colouring.colours[1001].tolist() == list(rgb(REST_COLOUR))


@pytest.mark.parametrize("values", [np.full(4, 2.0), np.full(4, np.nan), np.zeros(0)])
def test_numbers_without_a_range_are_coloured_all_the_same(values):
    colouring = by_value(values, "loss")
    assert len(np.unique(colouring.colours, axis=0)) <= 1
    assert colouring.span[0] < colouring.span[1]


def test_angles_a_turn_apart_look_alike_and_opposite_ones_do_not():
    colouring = by_angle(np.array([0.0, 359.9, 360.0, 180.0]), "turn")
    colours = colouring.colours.astype(int)
    assert np.abs(colours[0] - colours[1]).max() <= 2
    assert colours[0].tolist() == colours[2].tolist() == list(CYCLE[0])
    assert np.abs(colours[0] - colours[3]).max() > 80
    assert colouring.span == (0.0, 360.0)


def test_what_a_colour_says_is_a_name_or_a_number_with_its_label():
    by_name = by_class(np.array([1, -1]), ("cat", "dog"), CLASS_COLOURS)
    assert [by_name.words(place) for place in range(2)] == ["dog", ""]
    by_number = by_value(np.array([0.25, np.nan]), "loss")
    assert [by_number.words(place) for place in range(2)] == ["loss 0.25", ""]
