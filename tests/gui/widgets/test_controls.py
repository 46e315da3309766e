import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from sslstudio.gui.widgets.button import Button, icon_button
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.marks import STATE_TONES, Chip, Dot
from sslstudio.gui.widgets.search_field import SearchField
from sslstudio.gui.widgets.segmented import Segmented
from sslstudio.gui.widgets.slider import ThinSlider
from sslstudio.gui.widgets.switch import Switch
from tests.gui.support import unexplained

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def slider(qtbot):
    shown = ThinSlider()
    qtbot.addWidget(shown)
    shown.setRange(0, 100)
    shown.resize(214, 14)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def turn_wheel(widget):
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_shortcut_stands_in_the_tooltip_and_outlives_a_new_word(qtbot):
    button = Button("Undo", shortcut="Ctrl+Z", tooltip="Take the last edit back")
    qtbot.addWidget(button)
    assert "Take the last edit back" in button.toolTip()
    assert "Ctrl+Z" in button.toolTip()
    button.rename("Undo crop")
    assert button.shortcut().toString() == "Ctrl+Z"
    assert button.accessibleName() == "Undo crop"


def test_a_button_without_words_has_a_name(qtbot):
    button = icon_button("ph.x", "Close this message")
    qtbot.addWidget(button)
    button.show()
    assert unexplained(button) == []
    assert not button.icon().isNull()


def test_an_icon_follows_the_theme(qtbot, theme):
    button = Button("Open", icon="ph.folder-open")
    qtbot.addWidget(button)
    button.show()
    qtbot.waitExposed(button)
    light = button.icon().cacheKey()
    theme.set_mode("dark")
    assert button.icon().cacheKey() != light


def test_controls_are_as_high_as_the_drawings_say(qtbot):
    for widget in (Button("Start", "primary"), Button("Stop"), SearchField("Filter")):
        qtbot.addWidget(widget)
        widget.show()
        assert widget.sizeHint().height() == 30
        widget.setFocus()
        assert widget.sizeHint().height() == 30


def test_the_wheel_passes_over_a_slider_that_was_not_chosen(slider):
    slider.setValue(50)
    slider.clearFocus()
    assert not turn_wheel(slider)
    assert slider.value() == 50
    slider.setFocus()
    turn_wheel(slider)
    assert slider.value() != 50


def test_a_click_brings_the_handle_under_the_pointer(slider, qtbot):
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(107, 7))
    assert slider.value() == pytest.approx(50, abs=1)
    qtbot.mouseMove(slider, QPoint(157, 7))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(157, 7))
    assert slider.value() == pytest.approx(75, abs=2)


def test_enter_asks_to_type(slider, qtbot):
    with qtbot.waitSignal(slider.typing_asked, timeout=500):
        qtbot.keyClick(slider, Qt.Key.Key_Return)


def test_only_a_pick_of_the_user_is_told(qtbot):
    choice = Segmented([(1, "one"), (None, "none")], "Number")
    qtbot.addWidget(choice)
    heard = []
    choice.chosen.connect(heard.append)
    choice.set_value(1)
    assert heard == []
    assert choice.value() == 1
    choice.show()
    qtbot.mouseClick(
        choice.findChildren(type(choice.children()[-1]))[-1], Qt.MouseButton.LeftButton
    )
    assert heard == [None]
    assert unexplained(choice) == []


def test_a_switch_works_by_keyboard(qtbot):
    switch = Switch("Batch negatives")
    qtbot.addWidget(switch)
    switch.show()
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert switch.isChecked()


def test_a_disclosure_is_closed_at_first(qtbot):
    part = Disclosure("More settings")
    inner = Chip("inside")
    part.body.addWidget(inner)
    qtbot.addWidget(part)
    part.show()
    assert not inner.isVisible()
    part.open()
    assert inner.isVisible()
    assert unexplained(part) == []


@pytest.mark.parametrize("state", STATE_TONES)
def test_a_state_is_told_in_words_too(qtbot, state):
    dot = Dot(state)
    qtbot.addWidget(dot)
    assert dot.accessibleName() == state.replace("-", " ")


def test_escape_empties_a_search(qtbot):
    field = SearchField("Filter runs")
    qtbot.addWidget(field)
    qtbot.keyClicks(field, "byol")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
