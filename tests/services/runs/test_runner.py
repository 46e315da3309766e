"""What the user wants, here or from another process, reaches the loop at its borders."""

import queue
import threading

import pytest

from sslstudio.domain.events import Finished
from sslstudio.engine.plan import Edit
from sslstudio.services.runs.control_file import ControlFile
from sslstudio.services.runs.runner import RunControl, ThreadRunner


@pytest.fixture
def others(tmp_path):
    return ControlFile(tmp_path)


@pytest.fixture
def control(others, monkeypatch):
    monkeypatch.setattr("sslstudio.services.runs.runner.LISTEN_SECONDS", 0.0)
    control = RunControl()
    with control.heeding(others):
        yield control


class Polling:
    """Polls on a thread, as training does, and tells whether it came back."""

    def __init__(self, control):
        self.found = []
        self.thread = threading.Thread(target=lambda: self.found.append(control.poll()))
        self.thread.start()

    @property
    def is_held(self):
        self.thread.join(0.05)
        return self.thread.is_alive()

    def result(self):
        self.thread.join(60)
        return self.found[0]


def test_edits_and_a_stop_are_handed_over_once(control):
    control.edit("a", 1)
    control.edit("b", 2)
    assert control.poll() == (False, (Edit("a", 1), Edit("b", 2)))
    assert control.poll() == (False, ())
    control.stop()
    assert control.poll() == (True, ())


def test_another_process_pauses_and_lets_go_on(control, others):
    others.write("pause")
    polling = Polling(control)
    assert polling.is_held
    assert control.paused
    others.write(None)
    assert polling.result() == (False, ())
    assert not control.paused


def test_another_process_stops_a_paused_run(control, others):
    control.pause()
    polling = Polling(control)
    assert polling.is_held
    others.write("stop")
    assert polling.result() == (True, ())
    assert control.stopping


def test_a_pause_here_can_be_seen_and_lifted_elsewhere(control, others):
    control.pause()
    assert others.read() == "pause"
    polling = Polling(control)
    assert polling.is_held
    others.clear()
    assert polling.result() == (False, ())


def test_a_pause_from_elsewhere_can_be_lifted_here_and_comes_again(control, others):
    others.write("pause")
    polling = Polling(control)
    assert polling.is_held
    control.go_on()
    assert polling.result() == (False, ())
    assert others.read() is None
    others.write("pause")
    again = Polling(control)
    assert again.is_held
    control.stop()
    assert again.result() == (True, ())


def test_a_pause_that_cannot_be_written_holds_all_the_same(control, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ControlFile, "write", full)
    control.pause()
    polling = Polling(control)
    assert polling.is_held
    control.go_on()
    assert polling.result() == (False, ())


def test_after_the_run_nothing_is_heard_or_written_any_more(others):
    control = RunControl()
    with control.heeding(others):
        control.poll()
    others.write("stop")
    assert control.poll() == (False, ())
    others.clear()
    control.pause()
    assert others.read() is None


def test_the_file_is_looked_at_rarely(others, monkeypatch):
    looks, now = [], [0.0]
    monkeypatch.setattr(ControlFile, "read", lambda _file: looks.append(now[0]))
    monkeypatch.setattr("sslstudio.services.runs.runner.monotonic", lambda: now[0])
    control = RunControl()
    with control.heeding(others):
        for number in range(1, 2001):
            now[0] = number / 1000
            control.poll()
    assert looks == [0.5, 1.0, 1.5, 2.0]


def test_the_last_event_comes_once_the_run_has_let_go():
    is_locked = [True]

    def events():
        yield Finished(step=1, outcome="done", seconds=0.0)
        is_locked[0] = False

    class Watched(queue.SimpleQueue):
        def put(self, event, *_how):
            assert not is_locked[0]
            super().put(event)

    runner = ThreadRunner(events, RunControl())
    runner.queue = Watched()
    runner.start()
    assert runner.join(60)
    assert runner.queue.get_nowait().outcome == "done"
