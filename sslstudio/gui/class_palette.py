"""Colours for classes and for numbers, readable with the common kinds of colour blindness."""

from __future__ import annotations

from itertools import pairwise

from sslstudio.gui.tokens import mixed, rgb

# First six of Okabe & Ito (2008): their yellow is lost on white, their black on a dark ground.
# Each further one lies as far as possible from all before it, for normal sight and for simulated
# protanopia, deuteranopia and tritanopia (Machado et al. 2009), at twice the ground's luminance
# or half of it in both themes: OKLab distance .076 or more among 12, .05 among all 24.
CLASS_COLOURS: tuple[str, ...] = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#783C4B",
    "#B4B496",
    "#3C4B87",
    "#A53C00",
    "#696978",
    "#9678E1",
    "#87694B",
    "#8796FF",
    "#78C35A",
    "#5A4BB4",
    "#D296C3",
    "#00B469",
    "#B4963C",
    "#78873C",
    "#A56996",
    "#00691E",
    "#7869D2",
    "#5A4B69",
)
"""One colour for each of the first classes; further ones share `REST_COLOUR`."""

REST_COLOUR = "#8A94A3"
"""Grey of the classes beyond the palette, until one is hovered or picked."""

# Every 17th entry of matplotlib's viridis (van der Walt & Smith, CC0); straight lines between
# them stay within 7 of 255 levels.
_VIRIDIS_STOPS = (
    "#440154",
    "#481A6C",
    "#472F7D",
    "#414487",
    "#39568C",
    "#31688E",
    "#2A788E",
    "#23888E",
    "#1F988B",
    "#22A884",
    "#35B779",
    "#54C568",
    "#7AD151",
    "#A5DB36",
    "#D2E21B",
    "#FDE725",
)
# Blue through a neutral grey to orange: both ends differ in hue for every common colour blindness.
_DIVERGING_STOPS = ("#08519C", "#4A90C9", "#9CC3E0", "#D9D9D6", "#EDB98A", "#DD7F35", "#A63603")


# Once around: dark blue, light blue, orange, dark red. Opposite angles differ in lightness or along
# blue and yellow, which every common colour blindness leaves; none is lost on white or on black.
_CYCLE_STOPS = ("#1F4E9C", "#56B4E9", "#E69F00", "#9C3206", "#1F4E9C")


def class_colour(index: int) -> str:
    """Return the colour of a class: its own for the first ones, grey for the rest."""
    return CLASS_COLOURS[index] if 0 <= index < len(CLASS_COLOURS) else REST_COLOUR


def _steps(stops: tuple[str, ...]) -> tuple[tuple[int, int, int], ...]:
    parts = len(stops) - 1
    spans = list(pairwise(stops))
    colours = []
    for level in range(256):
        place = level / 255 * parts
        span = min(int(place), parts - 1)
        colours.append(rgb(mixed(*spans[span], place - span)))
    return tuple(colours)


VIRIDIS = _steps(_VIRIDIS_STOPS)
"""256 colours for a number that grows: (red, green, blue) in 0..255."""
DIVERGING = _steps(_DIVERGING_STOPS)
"""256 colours for a number with a neutral middle: (red, green, blue) in 0..255."""
CYCLE = _steps(_CYCLE_STOPS)
"""256 colours for an angle: the last one equals the first."""
