from queue import SimpleQueue

import pytest

from sslstudio.gui.bridge import EventPump

pytestmark = pytest.mark.usefixtures("qtbot")


def test_every_event_arrives_once_in_order(qtbot):
    queue = SimpleQueue()
    pump = EventPump(queue)
    batches = []
    pump.batch.connect(batches.append)
    pump.start()
    for number in range(500):
        queue.put(number)
    qtbot.waitUntil(lambda: sum(map(len, batches)) == 500, timeout=2000)
    pump.stop()
    assert [event for batch in batches for event in batch] == list(range(500))


def test_nothing_waits_means_no_batch():
    pump = EventPump(SimpleQueue())
    batches = []
    pump.batch.connect(batches.append)
    pump.drain()
    assert batches == []


def test_stop_hands_over_what_is_left():
    queue = SimpleQueue()
    pump = EventPump(queue)
    batches = []
    pump.batch.connect(batches.append)
    pump.start()
    queue.put("last")
    pump.stop()
    assert batches == [["last"]]
    assert not pump.is_running


def test_a_producer_faster_than_the_window_cannot_hold_it():
    queue = SimpleQueue()

    class Endless(SimpleQueue):
        def get_nowait(self):
            self.put("more")
            return super().get_nowait()

    queue = Endless()
    queue.put("first")
    pump = EventPump(queue)
    batches = []
    pump.batch.connect(batches.append)
    pump.drain()
    assert batches == [["first"]]
