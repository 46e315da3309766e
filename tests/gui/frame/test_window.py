import subprocess
import sys

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QLineEdit, QToolTip, QWidget

from sslstudio.gui.actions import Action
from sslstudio.gui.frame.rail import WORKSPACES
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.page import Inspector, Page
from sslstudio.gui.settings import SettingsFile
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.panel import Panel
from tests.gui.support import doubled_shortcuts, unexplained

pytestmark = pytest.mark.usefixtures("pages", "qtbot")


class SomePage(Page):
    def __init__(self, name):
        super().__init__()
        self.name = name
        self.visits = 0
        self.keys = []
        self.buttons = [Button(f"Start {name}", "primary")]
        self.inspector = Inspector()
        self.inspector.column.addWidget(QLabel("what is selected"))
        self.lay_out(Panel("stage"), self.inspector)

    def title(self):
        return self.name

    def chips(self):
        return ["edited"]

    def header_buttons(self):
        return self.buttons

    def actions_offered(self):
        return (Action(f"{self.name}.draw", "Draw", "R", lambda: self.keys.append("R")),)

    def activated(self):
        self.visits += 1


@pytest.fixture
def pages(frame, qtbot):
    made = {key: SomePage(key) for key in ("data", "design", "train")}
    for key, page in made.items():
        frame.add_page(key, page)
    frame.show_page("design")
    frame.show()
    qtbot.waitExposed(frame)
    return made


def right_of(widget, frame):
    return widget.mapTo(frame, widget.rect().topRight()).x()


def left_of(widget, frame):
    return widget.mapTo(frame, widget.rect().topLeft()).x()


def test_the_parts_stand_where_the_drawings_put_them(frame, pages):
    assert (frame.width(), frame.height()) == (1280, 800)
    assert frame.rail.width() == 63
    assert left_of(frame.library, frame) == 64
    assert left_of(frame.header, frame) == 272
    assert frame.header.height() == 47
    assert left_of(pages["design"].inspector, frame) == 1280 - 296 + 5
    assert frame.status.height() == 27


def test_the_stage_grows_and_nothing_else(frame, pages):
    frame.resize(1920, 1080)
    assert left_of(frame.header, frame) == 272
    assert right_of(pages["design"].inspector, frame) == 1919
    assert pages["design"].inspector.width() == 291
    frame.resize(1100, 700)
    assert (frame.width(), frame.height()) == (1100, 700)
    assert pages["design"].inspector.width() == 291


def test_number_keys_go_to_the_pages(frame, pages, qtbot):
    with qtbot.waitSignal(frame.page_changed, timeout=500) as shown:
        qtbot.keyClick(frame, Qt.Key.Key_3)
    assert shown.args == ["train"]
    assert pages["train"].visits == 1
    assert frame.findChild(QWidget, "workspace.train").isChecked()
    assert frame.header.title() == "train"
    assert [b.text() for b in frame.header.buttons()] == ["Start train"]
    assert not pages["design"].buttons[0].isVisible()


def test_a_number_typed_into_a_field_stays_there(frame, pages, qtbot):
    field = QLineEdit()
    pages["design"].inspector.column.addWidget(field)
    field.setFocus()
    qtbot.keyClicks(field, "123")
    assert field.text() == "123"
    assert frame.current_page() == "design"


def test_a_workspace_without_its_page_leaves_all_as_it_is(frame, qtbot):
    qtbot.mouseClick(frame.findChild(QWidget, "workspace.export"), Qt.MouseButton.LeftButton)
    assert frame.current_page() == "design"
    assert frame.findChild(QWidget, "workspace.design").isChecked()


def test_every_workspace_has_its_button_and_number(frame):
    for number, workspace in enumerate(WORKSPACES, start=1):
        button = frame.findChild(QWidget, f"workspace.{workspace.key}")
        assert button.accessibleName() == workspace.title
        assert f"({number})" in button.toolTip()


def test_a_pages_keys_work_only_while_it_is_shown(frame, pages, qtbot):
    qtbot.keyClick(frame, Qt.Key.Key_R)
    frame.show_page("train")
    qtbot.keyClick(frame, Qt.Key.Key_R)
    assert (pages["design"].keys, pages["train"].keys) == (["R"], ["R"])


def test_the_header_follows_its_page(frame, pages):
    pages["design"].name = "BYOL on shapes"
    pages["design"].header_changed.emit()
    assert frame.header.title() == "BYOL on shapes"
    assert frame.header.chips() == ["edited"]
    assert "BYOL on shapes" in frame.windowTitle()
    pages["train"].header_changed.emit()
    assert frame.header.title() == "BYOL on shapes"


def test_a_page_takes_the_place_of_a_former_one(frame):
    fresh = SomePage("fresh")
    frame.add_page("design", fresh)
    assert frame.page("design") is fresh
    assert frame.header.title() == "fresh"
    assert fresh.isVisible()


def test_commands_open_by_key_and_by_the_status_line(frame, qtbot):
    qtbot.keyClick(frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert frame.commands.isVisible()
    assert "Go to Data" in frame.commands.titles()
    assert frame.commands.titles().count("Draw") == 3
    qtbot.keyClick(frame.commands.findChild(QLineEdit), Qt.Key.Key_Escape)
    link = next(b for b in frame.status.findChildren(Button) if "commands" in b.text())
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert frame.commands.isVisible()


@pytest.mark.usefixtures("pages")
def test_f1_explains_the_focused_control(frame, qtbot):
    button = frame.findChild(QWidget, "workspace.train")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_F1)
    assert QToolTip.text() == button.toolTip()


@pytest.mark.usefixtures("pages")
def test_the_library_is_hidden_and_comes_back_as_wide(frame, qtbot):
    frame.toggle_library()
    qtbot.waitUntil(lambda: left_of(frame.header, frame) == 64)
    frame.toggle_library()
    qtbot.waitUntil(lambda: left_of(frame.header, frame) == 272)


def test_the_shape_is_remembered(frame, pages, qtbot, theme, tmp_path):
    frame.resize(1400, 900)
    pages["design"].set_inspector_width(320)
    frame.show_page("train")
    frame.toggle_library()
    theme.set_mode("dark")
    frame.close()
    stored = SettingsFile(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    again = Frame(theme, stored)
    qtbot.addWidget(again)
    page = SomePage("train")
    again.add_page("train", page)
    again.show_page(again.settings.page)
    again.show()
    qtbot.waitExposed(again)
    # The offscreen screen is smaller than the window, so only the intent can be compared.
    assert again.settings.geometry
    assert again.settings.mode == "dark"
    assert again.library.isHidden()
    assert again.current_page() == "train"
    assert page.inspector.width() == 315


def test_the_status_line_shows_what_there_is(frame):
    frame.set_status("CPU · 2 threads", "", "shapes · 2,000 images")
    assert frame.status.words() == ["CPU · 2 threads", "shapes · 2,000 images"]


def test_no_inspector_moves_when_its_scroll_bar_comes(frame, pages, qtbot):
    inspector = pages["design"].inspector
    label = inspector.findChild(QLabel)
    before = left_of(label, frame), label.width()
    tall = QWidget()
    tall.setMinimumHeight(3000)
    inspector.column.addWidget(tall)
    qtbot.waitUntil(lambda: inspector.area.verticalScrollBar().isVisible())
    qtbot.waitUntil(lambda: (left_of(label, frame), label.width()) == before)


def test_everything_is_explained_and_no_key_is_claimed_twice(frame):
    frame.messages.show_message("x", "report")
    assert unexplained(frame) == []
    own = [action for action in frame.actions() if isinstance(action, QAction)]
    keys = [action.shortcut().toString() for action in own]
    assert len(keys) == len(set(keys))
    assert doubled_shortcuts(frame) == ["R"]


def test_the_frame_needs_no_torch():
    code = (
        "import sys; import sslstudio.gui.frame.window, sslstudio.gui.forms.form; "
        "heavy = {'torch', 'torchvision', 'pyqtgraph', 'qtawesome', 'superqt'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
