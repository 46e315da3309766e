from itertools import combinations, pairwise
from math import dist

import pytest

from sslstudio.gui.class_palette import (
    CLASS_COLOURS,
    DIVERGING,
    REST_COLOUR,
    VIRIDIS,
    class_colour,
)
from sslstudio.gui.tokens import DARK, LIGHT, contrast, rgb

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def applied(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def seen(colour, sight):
    parts = [value / 255 for value in rgb(colour)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    shifted = [min(max(v, 0), 1) for v in applied(SIGHTS[sight], linear)]
    return applied(LAB, [v ** (1 / 3) for v in applied(LMS, shifted)])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("count", "least"), [(12, 0.075), (24, 0.05)])
def test_classes_differ_for_every_kind_of_sight(sight, count, least):
    colours = [seen(colour, sight) for colour in CLASS_COLOURS[:count]]
    assert min(dist(a, b) for a, b in combinations(colours, 2)) >= least


@pytest.mark.parametrize("ground", [LIGHT.stage, DARK.stage])
def test_classes_show_on_both_grounds(ground):
    assert min(contrast(colour, ground) for colour in (*CLASS_COLOURS, REST_COLOUR)) > 1.9


def test_classes_beyond_the_palette_share_one_grey():
    assert class_colour(0) == "#0072B2"
    assert len({class_colour(index) for index in range(24)}) == 24
    assert class_colour(24) == class_colour(999) == class_colour(-1) == REST_COLOUR


def test_numbers_grow_brighter_along_viridis_and_meet_grey_in_the_middle():
    assert len(VIRIDIS) == len(DIVERGING) == 256
    weight = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in VIRIDIS]
    assert all(after > before - 0.5 for before, after in pairwise(weight))
    assert VIRIDIS[0] == (68, 1, 84)
    red, green, blue = DIVERGING[128]
    assert max(red, green, blue) - min(red, green, blue) < 12
