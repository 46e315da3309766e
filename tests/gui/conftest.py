import gc

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from sslstudio.gui.frame.window import Frame
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.settings import SettingsFile
from sslstudio.gui.theme import Theme


@pytest.fixture(scope="session")
def _one_theme(qapp):
    return Theme(qapp, "light")


@pytest.fixture
def theme(_one_theme):
    """The light theme on the application; a test that switches it need not switch it back."""
    # Other folders' tests put themes of their own on; switching there and back makes this one hold.
    _one_theme.set_mode("dark")
    _one_theme.set_mode("light")
    yield _one_theme
    _one_theme.set_mode("light")


@pytest.fixture
def settings_file(tmp_path):
    return SettingsFile(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def frame(qtbot, theme, settings_file):
    window = Frame(theme, settings_file)
    qtbot.addWidget(window)
    return window


@pytest.fixture
def clipboard():
    return QApplication.clipboard()


@pytest.fixture
def jobs(qapp):
    running = Jobs(qapp)
    yield running
    assert running.shutdown(60)


@pytest.fixture(autouse=True)
def _collect_on_this_thread():
    """As in the window: no job's thread destroys what a test has left of its widgets."""
    gc.disable()
