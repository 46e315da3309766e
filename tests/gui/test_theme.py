import re

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel

from sslstudio.gui.style import palette, style_sheet
from sslstudio.gui.theme import type_font
from sslstudio.gui.tokens import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp", "qtbot", "theme")


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_the_sheet_holds_no_colour_outside_the_tokens(tokens):
    sheet = style_sheet(tokens)
    names = [*tokens.__slots__, "soft", "groove", "stage", "hover", "scroll"]
    names += ["on_accent", "on_alarm", "accent_strong"]
    known = {getattr(tokens, name) for name in names}
    assert "$" not in sheet
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", sheet)) <= known


def test_switching_by_hand_needs_no_restart(qapp, theme):
    heard = []
    theme.changed.connect(heard.append)
    theme.set_mode("dark")
    assert heard == [DARK]
    assert theme.tokens is DARK
    assert qapp.palette().window().color().name().upper() == DARK.background
    assert DARK.panel in qapp.styleSheet()
    theme.set_mode("dark")
    assert heard == [DARK]
    theme.set_mode("light")
    assert heard == [DARK, LIGHT]


def test_a_fixed_theme_does_not_follow_the_system(qapp, theme):
    theme.set_mode("dark")
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert theme.tokens is DARK


def test_qt_can_read_the_whole_sheet(qtbot, capfd):
    label = QLabel("text")
    qtbot.addWidget(label)
    label.setStyleSheet(style_sheet(DARK))
    label.show()
    assert "parse" not in capfd.readouterr().err


def test_disabled_text_stays_readable():
    from PySide6.QtGui import QPalette

    role, group = QPalette.ColorRole.Text, QPalette.ColorGroup.Disabled
    assert palette(LIGHT).color(group, role).name().upper() == LIGHT.muted


def test_painted_numbers_have_one_width():
    font = type_font("large", bold=True, tabular=True)
    metrics = QFontMetrics(font)
    widths = {metrics.horizontalAdvance(digit * 8) for digit in "0123456789"}
    assert len(widths) == 1
    assert font.pixelSize() == 15
