import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from sslstudio.gui.train.curves import Curve
from sslstudio.gui.train.sparkline import Sparkline
from tests.gui.train.conftest import GAUGES

WIDTH = 201


def curve(*steps):
    made = Curve()
    for step in steps:
        made.append(step, step, step / 10)
    return made


@pytest.fixture
def course(qtbot):
    shown = Sparkline(GAUGES[2])
    qtbot.addWidget(shown)
    shown.resize(WIDTH, 60)
    return shown


def pointed_at(course, x):
    found = []
    course.pointed.connect(found.append)
    place = QPointF(x, 20)
    moved = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        course.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(course, moved)
    return found[-1] if found else None


def test_the_point_under_the_mouse_is_the_nearest_by_step(course):
    course.show_curve(curve(0, 10, 20, 100))
    assert [pointed_at(course, x) for x in (0, 21, 45, 100, 200)] == [0, 1, 2, 2, 3]


def test_a_longer_run_beside_it_does_not_shift_what_the_mouse_reads(course):
    course.show_curve(curve(0, 50, 100), curve(0, 100, 200))
    assert [pointed_at(course, x) for x in (0, 50, 100, 200)] == [0, 1, 2, 2]


def test_an_empty_course_has_nothing_to_read(course):
    course.show_curve(curve())
    assert pointed_at(course, 20) is None
