import pytest

from sslstudio.domain.errors import RunError
from sslstudio.domain.events import Finished
from sslstudio.domain.run import fold
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.training import run_training
from tests.services.runs.conftest import STEPS
from tests.support.runs import small_session


@pytest.fixture
def run(small_run):
    return small_run()


@pytest.fixture
def steered(catalog, monkeypatch):
    """Train a run so that it looks for the wishes of others at every step."""
    monkeypatch.setattr("sslstudio.services.runs.runner.LISTEN_SECONDS", 0.0)

    def events(run, *, resume=False):
        session = small_session(catalog, run.recipe)
        return run_training(run.folder, session.parts, session.plan, RunControl(), resume=resume)

    return events


def test_a_wish_comes_back_and_can_be_taken_back(run):
    control = run.folder.control
    assert control.read() is None
    for wish in ("pause", "stop"):
        control.write(wish)
        assert control.read() == wish
    control.write(None)
    assert control.read() is None
    control.clear()
    assert sorted(file.name for file in run.folder.path.iterdir()) == [
        "checkpoints", "env.json", "events.jsonl", "recipe.json"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"wish": "dance"}', b'{"wish": []}', b"\xff"]
)
def test_what_is_no_wish_is_none(run, content):
    (run.folder.path / "control.json").write_bytes(content)
    assert run.folder.control.read() is None


def test_another_process_stops_a_run_with_a_checkpoint(run, steered):
    seen = []
    for event in steered(run):
        seen.append(event)
        if event.kind == "saved" and event.step == 3:
            run.folder.ask("stop")
    assert isinstance(seen[-1], Finished)
    assert (seen[-1].outcome, seen[-1].step) == ("stopped", 3)
    assert run.folder.checkpoint_steps()[-1] == 3
    assert run.folder.control.read() is None


def test_a_stop_that_a_crashed_process_left_does_not_stop_the_next_one(run, steered):
    run.train(stop_at=4)
    run.folder.control.write("stop")
    events = list(steered(run, resume=True))
    assert (events[-1].outcome, events[-1].step) == ("done", STEPS)


def test_nothing_is_left_of_a_wish_that_came_too_late(run, steered):
    for event in steered(run):
        if event.kind == "saved" and event.step == STEPS:
            run.folder.ask("pause")
    assert run.folder.control.read() is None
    assert fold(run.folder.events()).outcome == "done"


def test_a_run_that_nobody_trains_cannot_be_asked(run):
    with pytest.raises(RunError, match="not being trained"):
        run.folder.ask("stop")
    assert run.folder.control.read() is None
