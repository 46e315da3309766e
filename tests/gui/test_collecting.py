"""Whatever thread allocates: Qt objects in cycles die on the window's thread."""

import gc
import threading

import pytest
from PySide6.QtCore import QObject

from sslstudio.gui.collecting import Collector, collect_what_is_due


@pytest.fixture
def parent(qapp):
    was_enabled = gc.isenabled()
    yield QObject(qapp)
    if was_enabled:
        gc.enable()


class Watched(QObject):
    def __init__(self, deaths):
        super().__init__()
        self.deaths, self.itself = deaths, self

    def __del__(self):
        self.deaths.append(threading.current_thread())


def allocate(kept):
    """Make as many objects as would let the collector run many times."""
    kept.extend([] for _ in range(200_000))


def test_a_busy_thread_does_not_destroy_them(parent):
    Collector(parent)
    gc.collect()
    deaths, kept = [], []
    Watched(deaths)
    worker = threading.Thread(target=allocate, args=(kept,))
    worker.start()
    worker.join()
    assert deaths == []
    collect_what_is_due()
    assert deaths == [threading.main_thread()]


def test_it_looks_by_itself(parent, qtbot):
    gc.collect()
    Collector(parent)
    deaths = []
    Watched(deaths)
    kept = [[] for _ in range(5_000)]
    qtbot.waitUntil(lambda: bool(deaths))
    assert kept
