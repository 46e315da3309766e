import threading

import pytest

from sslstudio.domain.errors import DataError
from sslstudio.gui.latest import LatestOnly


@pytest.fixture
def latest(jobs):
    return LatestOnly(jobs, "Test")


def test_of_wishes_in_a_row_only_the_last_is_fulfilled(qtbot, latest):
    done, made = [], []
    latest.done.connect(done.append)
    for number in range(5):
        latest.ask(lambda number=number: made.append(number) or number)
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert done == made == [4]


def test_a_wish_made_while_another_is_fulfilled_comes_after_it(qtbot, latest):
    done, begun, go = [], threading.Event(), threading.Event()
    latest.done.connect(done.append)
    latest.ask(lambda: (begun.set(), go.wait(5), "first")[-1])
    qtbot.waitUntil(begun.is_set)
    latest.ask(lambda: "second")
    latest.ask(lambda: "third")
    go.set()
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert done == ["first", "third"]


def test_what_fails_says_why_and_the_next_wish_is_fulfilled(qtbot, latest):
    done, failed = [], []
    latest.done.connect(done.append)
    latest.failed.connect(failed.append)

    def fail():
        raise DataError("No images are open.")

    latest.ask(fail)
    qtbot.waitUntil(lambda: not latest.is_busy)
    latest.ask(lambda: "fine")
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert [str(error) for error in failed] == ["No images are open."]
    assert done == ["fine"]
