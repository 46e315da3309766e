"""Who trains a run, told apart from those who only look."""

import threading
from concurrent.futures import ThreadPoolExecutor

import filelock
import pytest

from sslstudio.domain.errors import RunError
from sslstudio.services.runs.run_lock import RunLock


@pytest.fixture
def lock(tmp_path):
    return RunLock(tmp_path)


@pytest.fixture
def looking(tmp_path):
    """Hold the lock as one does who looks whether the run is in training, for as long as wanted."""
    return filelock.FileLock(tmp_path / "lock", thread_local=False)


@pytest.fixture
def crashed(lock, tmp_path):
    """Leave the folder as a trainer does that was killed."""
    with lock.held():
        left = (tmp_path / "trainer").read_text()
    (tmp_path / "trainer").write_text(left)
    return lock


def test_a_run_is_in_training_while_its_lock_is_held(lock):
    assert not lock.is_held()
    with lock.held():
        assert lock.is_held()
    assert not lock.is_held()


def test_only_one_trains_at_a_time(lock, tmp_path):
    other = RunLock(tmp_path)
    taken = "trained by another process"
    with lock.held(), pytest.raises(RunError, match=taken), other.held():
        pass


def test_who_only_looks_is_never_taken_for_a_trainer_after_training(lock, looking):
    with lock.held():
        pass
    with looking:
        assert not lock.is_held()


def test_a_killed_trainer_does_not_count(crashed):
    assert not crashed.is_held()


def test_who_looks_after_a_crash_clears_up_for_the_next(crashed, looking):
    assert not crashed.is_held()
    with looking:
        assert not crashed.is_held()


def test_two_who_look_after_a_crash_may_meet_once_but_not_for_long(crashed):
    def look(_number):
        return [crashed.is_held() for _ in range(50)]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(look, range(2)))
    assert not any(answer[-1] for answer in answers)


def test_training_starts_although_somebody_is_looking(lock, looking):
    looking.acquire()
    threading.Timer(0.05, looking.release).start()
    with lock.held():
        assert lock.is_held()
