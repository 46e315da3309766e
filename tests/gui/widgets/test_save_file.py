"""Where a new file goes."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

from sslstudio.gui.widgets.save_file import ask_file


@pytest.fixture
def answer(monkeypatch):
    """Return a way to type a name into the next dialog and end it with a key."""
    start = QFileDialog.exec

    def with_qts_own(dialog):
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        return start(dialog)

    monkeypatch.setattr(QFileDialog, "exec", with_qts_own)

    def answer(name, key):
        def act():
            dialog = QApplication.activeModalWidget()
            if dialog is None:
                QTimer.singleShot(10, act)
                return
            field = dialog.findChild(QLineEdit)
            field.setText(str(name))
            QTest.keyClick(field if key == Qt.Key.Key_Return else dialog, key)

        QTimer.singleShot(0, act)

    return answer


@pytest.mark.parametrize(
    ("typed", "taken"), [("report", "report.html"), ("report.htm", "report.htm")]
)
def test_a_name_without_an_ending_takes_the_usual_one(qtbot, tmp_path, answer, typed, taken):
    window = QWidget()
    qtbot.addWidget(window)
    answer(tmp_path / typed, Qt.Key.Key_Return)
    suggested = str(tmp_path / "run.html")
    assert ask_file(window, "Save", suggested, "Web pages", "html") == tmp_path / taken


def test_nothing_is_chosen_where_it_is_left(qtbot, tmp_path, answer):
    window = QWidget()
    qtbot.addWidget(window)
    answer(tmp_path / "report", Qt.Key.Key_Escape)
    assert ask_file(window, "Save", str(tmp_path / "run.html"), "Web pages", "html") is None
