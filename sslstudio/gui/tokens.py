"""Colours and sizes of the window; no other module holds a colour or a type size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as `#RRGGBB`."""

    name: str
    background: str
    panel: str
    line: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    ok: str
    warn: str
    alarm: str

    @property
    def soft(self) -> str:
        """The fill of chips, notes and slider grooves, between panel and line."""
        return mixed(self.panel, self.line, 0.58)

    @property
    def stage(self) -> str:
        """The quiet ground behind a canvas or a map, between background and panel."""
        return self.background if self.is_dark else mixed(self.background, self.panel, 0.6)

    @property
    def on_accent(self) -> str:
        """Text on an accent fill: whichever of panel and text reads better."""
        return max((self.panel, self.text), key=lambda colour: contrast(colour, self.accent))

    @property
    def on_alarm(self) -> str:
        """Text on an alarm fill: whichever of panel and text reads better."""
        return max((self.panel, self.text), key=lambda colour: contrast(colour, self.alarm))

    @property
    def accent_strong(self) -> str:
        """An accent fill under the pointer."""
        return mixed(self.accent, self.text, 0.14)

    @property
    def hover(self) -> str:
        """The fill of a plain control under the pointer."""
        return mixed(self.panel, self.line, 0.4)

    @property
    def groove(self) -> str:
        """The empty part of a slider or a bar."""
        return self.soft

    @property
    def scroll(self) -> str:
        """The handle of a scroll bar at rest."""
        return mixed(self.line, self.muted, 0.3)

    @property
    def is_dark(self) -> bool:
        """True for light text on a dark ground."""
        return self.name == "dark"


LIGHT = Tokens(
    name="light",
    background="#F6F7F9",
    panel="#FFFFFF",
    line="#E2E6EC",
    text="#1B2430",
    muted="#5B6675",
    accent="#2563EB",
    accent_soft="#EAF0FE",
    ok="#1E8E5A",
    warn="#B47B00",
    alarm="#C93A31",
)

DARK = Tokens(
    name="dark",
    background="#12151A",
    panel="#191D24",
    line="#2A303B",
    text="#E7EAF0",
    muted="#98A3B4",
    accent="#7AA7FF",
    accent_soft="#1E2A44",
    ok="#4CC38A",
    warn="#E5B454",
    alarm="#FF7B72",
)

TYPE = {"small": 11, "body": 13, "large": 15, "title": 20}
"""Type sizes in pixels."""
REGULAR, BOLD = 400, 600
"""The two type weights."""
SPACE = (4, 8, 12, 16, 24)
"""Distances in pixels."""
CONTROL_HEIGHT = 30
RADIUS = 8


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue in 0..255 of a `#RRGGBB` colour."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(first: str, second: str, share: float) -> str:
    """Return the colour that lies `share` of the way from the first to the second."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
