import pytest

from sslstudio.domain.events import Dropped, Saved
from sslstudio.services.runs.event_log import EventLog


@pytest.fixture
def folder(small_run):
    return small_run().folder


def test_each_event_is_read_once_as_the_log_grows(folder):
    log = folder.log()
    assert log.new_events() == []
    for step in (1, 2):
        folder.append(Saved(step=step, path="x"))
    assert [event.step for event in log.new_events()] == [1, 2]
    assert log.new_events() == []
    folder.append(Dropped(step=3, steps=(1,)))
    assert [event.kind for event in log.new_events()] == ["dropped"]
    assert [event.step for event in folder.log().new_events()] == [1, 2, 3]


def test_a_torn_line_waits_for_its_end_and_is_left_out_if_it_is_cut_off(folder):
    file = folder.path / "events.jsonl"
    log = folder.log()
    line = Saved(step=1, path="x").model_dump_json().encode() + b"\n"
    file.write_bytes(line[:9])
    assert log.new_events() == []
    file.write_bytes(line)
    assert [event.step for event in log.new_events()] == [1]
    with file.open("ab") as grown:
        grown.write(line[:9])
    assert log.new_events() == []
    folder.mend_log()
    folder.append(Saved(step=2, path="y"))
    assert [event.step for event in log.new_events()] == [2]


def test_a_line_of_a_newer_build_and_a_missing_log_are_passed_over(folder, tmp_path):
    with (folder.path / "events.jsonl").open("ab") as log:
        log.write(b'{"kind": "from the future", "step": 1}\n')
    folder.append(Saved(step=2, path="x"))
    assert [event.step for event in folder.log().new_events()] == [2]
    assert EventLog(tmp_path / "none.jsonl").new_events() == []
