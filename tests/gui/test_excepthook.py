import sys
import threading

import pytest

from sslstudio.gui.excepthook import FaultReporter

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def reporter():
    caught = FaultReporter()
    caught.install()
    yield caught
    caught.restore()


def test_a_fault_in_a_slot_is_told(reporter, qtbot, capsys):
    error = ValueError("no such layer")
    with qtbot.waitSignal(reporter.faulted, timeout=2000) as told:
        sys.excepthook(ValueError, error, None)
    assert told.args == [error]
    assert "no such layer" in capsys.readouterr().err


def test_a_fault_in_another_thread_is_told_in_the_windows(reporter, qtbot):
    heard = []
    reporter.faulted.connect(lambda error: heard.append((error, threading.current_thread())))

    def fail():
        raise RuntimeError("lost")

    with qtbot.waitSignal(reporter.faulted, timeout=2000):
        threading.Thread(target=fail).start()
    assert str(heard[0][0]) == "lost"
    assert heard[0][1] is threading.main_thread()


def test_an_interrupt_is_no_fault(reporter, qtbot):
    with qtbot.assertNotEmitted(reporter.faulted, wait=300):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)


def test_restoring_brings_the_former_hooks_back():
    before = sys.excepthook, threading.excepthook
    caught = FaultReporter()
    caught.install()
    assert sys.excepthook != before[0]
    caught.restore()
    assert (sys.excepthook, threading.excepthook) == before
