"""PySide6 6.12.0 lost a reference to None and True with every emit and aborted the process."""

import sys

import pytest
from PySide6.QtCore import QObject, QTimer, Signal

pytestmark = pytest.mark.usefixtures("qapp")


class Sender(QObject):
    plain = Signal()
    told = Signal(object)


def test_emits_and_calls_leave_reference_counts_alone():
    sender = Sender()
    heard = []
    sender.told.connect(heard.append)
    timer = QTimer()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(100):
        sender.plain.emit()
        sender.told.emit(None)
        timer.setInterval(10)
    heard.clear()
    after = sys.getrefcount(None), sys.getrefcount(True)
    # Python's own machinery moves these by a few; a leak of the binding by a hundred.
    assert abs(after[0] - before[0]) < 20
    assert abs(after[1] - before[1]) < 20
