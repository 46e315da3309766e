import pytest

from sslstudio.gui.tokens import DARK, LIGHT, Tokens, contrast, mixed

THEMES = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])

# Every pair of text and ground that the style sheet and the painters put together.
PAIRS = [
    *[("text", ground) for ground in ("background", "panel", "stage", "soft", "hover")],
    *[("muted", ground) for ground in ("background", "panel", "stage", "soft", "hover")],
    ("text", "accent_soft"),
    ("muted", "accent_soft"),
    ("accent", "accent_soft"),
    ("accent", "panel"),
    ("accent", "background"),
    ("accent", "soft"),
    ("accent", "hover"),
    ("alarm", "panel"),
    ("alarm", "hover"),
    ("on_accent", "accent"),
    ("on_accent", "accent_strong"),
    ("on_alarm", "alarm"),
]


@THEMES
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(tokens: Tokens, text: str, ground: str):
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@THEMES
@pytest.mark.parametrize("mark", ["accent", "ok", "warn", "alarm", "muted"])
@pytest.mark.parametrize("ground", ["panel", "background", "accent_soft"])
def test_dots_and_edges_can_be_seen(tokens: Tokens, mark: str, ground: str):
    assert contrast(getattr(tokens, mark), getattr(tokens, ground)) >= 3


def test_contrast_agrees_with_the_standards_extremes():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert contrast("#2563EB", "#2563EB") == 1


def test_mixing_goes_from_one_colour_to_the_other():
    assert mixed("#102030", "#FFFFFF", 0) == "#102030"
    assert mixed("#102030", "#FFFFFF", 1) == "#FFFFFF"
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
