import threading

import pytest
from PySide6.QtCore import QThread

from sslstudio.domain.errors import CancelledError, DataError
from sslstudio.gui.jobs import Jobs, UnexpectedError

pytestmark = pytest.mark.usefixtures("qtbot")


@pytest.fixture
def jobs():
    started = Jobs()
    yield started
    assert started.shutdown()


class Ears:
    def __init__(self, job):
        self.done, self.failed, self.progress, self.threads = [], [], [], []
        job.done.connect(self.done.append)
        job.done.connect(lambda _result: self.threads.append(QThread.currentThread()))
        job.failed.connect(self.failed.append)
        job.progressed.connect(lambda *report: self.progress.append(report))


def test_the_result_arrives_on_the_windows_thread(qtbot, qapp, jobs):
    threads = []

    def work(progress, _cancelled):
        threads.append(threading.current_thread())
        progress(1, 2, "half")
        progress(2, 2, "all")
        return {"answer": 42}

    job = jobs.start(work, "count")
    ears = Ears(job)
    with qtbot.waitSignal(job.finished, timeout=2000):
        pass
    assert ears.done == [{"answer": 42}]
    assert ears.threads == [qapp.thread()]
    assert threads[0] is not threading.main_thread()
    assert ears.progress[-1] == (2, 2, "all")
    assert jobs.running == ()


def test_an_error_of_ours_arrives_as_it_is(qtbot, jobs):
    fault = DataError("No images in this folder.", "Choose another one.")

    def work(_progress, _cancelled):
        raise fault

    job = jobs.start(work, "read")
    ears = Ears(job)
    with qtbot.waitSignal(job.finished, timeout=2000):
        pass
    assert ears.failed == [fault]
    assert ears.done == []


def test_a_fault_of_the_program_is_wrapped_with_its_cause(qtbot, jobs):
    def work(_progress, _cancelled):
        return 1 / 0

    job = jobs.start(work, "Reading images")
    ears = Ears(job)
    with qtbot.waitSignal(job.finished, timeout=2000):
        pass
    assert isinstance(ears.failed[0], UnexpectedError)
    assert isinstance(ears.failed[0].__cause__, ZeroDivisionError)
    assert "Reading images" in ears.failed[0].message


def test_a_cancelled_job_says_nothing_more(qtbot, jobs):
    entered = threading.Event()

    def work(_progress, cancelled):
        entered.set()
        while not cancelled():
            pass
        return "late"

    job = jobs.start(work, "wait")
    ears = Ears(job)
    assert entered.wait(2)
    with qtbot.waitSignal(job.finished, timeout=2000):
        job.cancel()
    assert ears.done == []
    assert ears.failed == []


def test_a_job_that_cancels_itself_is_no_failure(qtbot, jobs):
    def work(_progress, _cancelled):
        raise CancelledError("Stopped.")

    job = jobs.start(work, "stop")
    ears = Ears(job)
    with qtbot.waitSignal(job.finished, timeout=2000):
        pass
    assert ears.failed == []
    assert job.is_cancelled


def test_shutdown_ends_what_still_runs():
    jobs = Jobs()
    jobs.start(lambda _progress, cancelled: _until(cancelled), "wait")
    jobs.start(lambda _progress, cancelled: _until(cancelled), "wait too")
    assert jobs.shutdown(5)
    assert all(thread.name not in ("wait", "wait too") for thread in threading.enumerate())


def test_nothing_begins_once_the_window_is_closed(qtbot):
    jobs, begun = Jobs(), []

    def work(_progress, _cancelled):
        begun.append(threading.current_thread())

    first = jobs.start(lambda _progress, cancelled: _until(cancelled), "wait")
    # What waits for its turn, as another reading of the library does.
    first.finished.connect(lambda: jobs.start(work, "its successor"))
    assert jobs.shutdown(5)
    late = jobs.start(work, "late")
    assert late.is_cancelled
    assert not late.is_running
    assert jobs.running == ()
    assert jobs.shutdown(5)
    qtbot.wait(1)
    assert begun == []


def _until(cancelled):
    while not cancelled():
        pass
