import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from sslstudio.domain.errors import DataError
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.flow_layout import FlowLayout
from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.message_bar import MessageBar
from sslstudio.gui.widgets.notes import Banner, EmptyState
from sslstudio.gui.widgets.panel import Panel, scrolling
from sslstudio.gui.widgets.progress import ProgressStrip, time_left_words
from tests.gui.support import unexplained

pytestmark = pytest.mark.usefixtures("theme")


def button_named(root, text):
    return next(b for b in root.findChildren(Button) if b.text() == text)


def test_a_banner_says_its_kind_in_words_and_acts(qtbot):
    banner = Banner("warning", "a < b", "Link both views")
    qtbot.addWidget(banner)
    banner.show()
    assert banner.accessibleName() == "Warning a < b"
    with qtbot.waitSignal(banner.acted, timeout=500):
        qtbot.mouseClick(button_named(banner, "Link both views"), Qt.MouseButton.LeftButton)
    banner.set_content("note", "All is well")
    assert not banner.findChild(Button).isVisible()
    assert unexplained(Banner("note", "x", "Do it")) == []


def test_an_empty_state_offers_its_buttons(qtbot):
    first = Button("Open folder", "primary")
    empty = EmptyState("No images yet", "Open a folder of images.", [first])
    qtbot.addWidget(empty)
    empty.show()
    assert first.isVisible()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s left"), (20, "20 s left"), (354, "5 min 54 s left"), (7500, "2 h 5 min left")],
)
def test_time_is_told_as_a_person_says_it(seconds, words):
    assert time_left_words(seconds) == words


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_progress_guesses_the_time_left_from_its_pace(qtbot):
    clock = Clock()
    strip = ProgressStrip(clock)
    qtbot.addWidget(strip)
    strip.report(0, 100, "Reading images")
    assert "left" not in strip.words()
    clock.now += 10
    strip.report(20, 100, "Reading images 20 of 100")
    assert strip.words() == "Reading images 20 of 100, 40 s left"
    strip.report(100, 100, "Reading images 100 of 100")
    assert "left" not in strip.words()
    assert strip.isVisible()
    strip.finish()
    assert strip.isHidden()


def test_a_second_job_has_a_pace_of_its_own(qtbot):
    clock = Clock()
    strip = ProgressStrip(clock)
    qtbot.addWidget(strip)
    strip.report(90, 100, "first")
    clock.now += 100
    strip.report(0, 100, "second")
    clock.now += 2
    strip.report(50, 100, "second")
    assert strip.words() == "second, 2 s left"


def test_stop_is_beside_the_progress(qtbot):
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.report(0, 0, "Opening")
    with qtbot.waitSignal(strip.stopped, timeout=500):
        qtbot.mouseClick(button_named(strip, "Stop"), Qt.MouseButton.LeftButton)


def test_our_error_is_told_in_its_own_words(qtbot, clipboard):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_error(DataError("No images in this folder.", "Choose another one."))
    assert bar.text() == "No images in this folder. Choose another one."
    assert bar.isVisible()
    assert unexplained(bar) == []
    qtbot.mouseClick(button_named(bar, "Copy report"), Qt.MouseButton.LeftButton)
    assert "DataError" in clipboard.text()
    assert "Python 3" in clipboard.text()


def test_a_fault_is_no_wall_of_text_until_asked_for(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_error(ZeroDivisionError("division by zero"))
    assert "Traceback" not in bar.text()
    assert "!" not in bar.text()
    low = bar.sizeHint().height()
    button_named(bar, "Details").click()
    assert bar.sizeHint().height() > low + 100


def test_a_plain_message_has_no_report(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("The run is already being trained elsewhere.")
    assert not button_named(bar, "Details").isVisible()


def test_chips_flow_into_rows(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    flow = FlowLayout(host, spacing=8)
    for number in range(6):
        chip = Chip(f"chip {number}")
        flow.addWidget(chip)
    host.resize(1000, 100)
    host.show()
    assert len({flow.itemAt(n).geometry().top() for n in range(6)}) == 1
    assert flow.heightForWidth(1000) < flow.heightForWidth(150) < flow.heightForWidth(70)
    flow.itemAt(0).widget().hide()
    flow.setGeometry(host.rect())
    assert flow.itemAt(1).geometry().left() == 0
    assert flow.takeAt(9) is None


def test_tall_content_scrolls_up_and_down_only(qtbot):
    tall = Panel("card", "Title")
    tall.setMinimumSize(100, 2000)
    area = scrolling(tall)
    qtbot.addWidget(area)
    area.resize(60, 200)
    area.show()
    assert area.verticalScrollBar().maximum() > 0
    assert not area.horizontalScrollBar().isVisible()
