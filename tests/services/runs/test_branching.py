import pytest
import torch

from sslstudio.domain.errors import RunError, StudioError
from sslstudio.domain.events import Edited, Saved, Started
from sslstudio.domain.run import fold
from sslstudio.engine.plan import Edit
from sslstudio.services.runs import branching
from sslstudio.services.runs.branching import branch, origin_of
from sslstudio.services.runs.library import RunLibrary
from tests.services.runs.conftest import STEPS, SmallRun

TEMPERATURE = "objective.loss.temperature"


def contents(folder):
    return {
        p.relative_to(folder.path): p.read_bytes() for p in folder.path.rglob("*") if p.is_file()
    }


def weights(folder, step):
    tensors, state = folder.read_checkpoint(step)
    return tensors, state


@pytest.fixture
def trained(small_run):
    run = small_run()
    run.train(edits={3: Edit(TEMPERATURE, 0.5), 9: Edit(TEMPERATURE, 0.3)})
    return run


def test_a_branch_without_changes_ends_at_the_same_bits(catalog, trained, tmp_path):
    before = contents(trained.folder)
    step = next(s for s in trained.folder.checkpoint_steps() if s > 9)
    other = branch(trained.folder, step, "SimCLR", tmp_path / "branch")
    SmallRun(catalog, other.path).train(resume=True)
    (first, old), (second, new) = weights(trained.folder, STEPS), weights(other, STEPS)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert old["edits"] == new["edits"]
    assert contents(trained.folder) == before


def test_live_edits_before_it_are_kept_and_later_ones_are_not(catalog, trained, tmp_path):
    step = next(s for s in trained.folder.checkpoint_steps() if s > 3)
    assert step < 9
    other = branch(trained.folder, step, "SimCLR", tmp_path / "branch")
    edits = [event.value for event in other.events() if isinstance(event, Edited)]
    assert edits == [0.5]
    SmallRun(catalog, other.path).train(resume=True)
    assert weights(other, STEPS)[1]["edits"] == {TEMPERATURE: 0.5}
    same, different = weights(other, STEPS)[0], weights(trained.folder, STEPS)[0]
    assert not all(torch.equal(same[name], different[name]) for name in same)


def test_its_history_ends_at_the_checkpoint_and_goes_on_from_there(catalog, trained, tmp_path):
    step = trained.folder.checkpoint_steps()[2]
    other = branch(trained.folder, step, "SimCLR", tmp_path / "branch")
    events = other.events()
    assert max(event.step for event in events) == step
    assert fold(events).checkpoints == other.checkpoint_steps() == (step,)
    SmallRun(catalog, other.path).train(resume=True)
    started = [event for event in other.events() if isinstance(event, Started)]
    assert [(event.step, event.resumed) for event in started] == [(0, False), (step, True)]
    summary = fold(other.events())
    assert summary.outcome == "done"
    assert summary.checkpoints == other.checkpoint_steps()


def test_it_says_where_it_comes_from(catalog, trained, tmp_path):
    step = trained.folder.checkpoint_steps()[0]
    other = branch(trained.folder, step, "SimCLR · shapes", tmp_path / "branch")
    card = RunLibrary(tmp_path, catalog).card(other)
    assert card.origin is not None
    assert (card.origin.run, card.origin.step) == ("run", step)
    assert card.origin.words() == f"Branched from SimCLR · shapes at step {step}."
    assert card.name == f"SimCLR · shapes, from step {step}"
    assert card.can_resume
    assert origin_of(trained.folder) is None


def test_a_run_that_was_resumed_is_branched_as_it_was_when_the_checkpoint_was_written(
    catalog, small_run, tmp_path
):
    run = small_run()
    run.train(stop_at=5)
    run.train(resume=True)
    step = next(s for s in run.folder.checkpoint_steps() if s > 5)
    other = branch(run.folder, step, "x", tmp_path / "branch")
    assert [e.step for e in other.events() if isinstance(e, Started)] == [0, 5]
    SmallRun(catalog, other.path).train(resume=True)
    (first, _), (second, _) = weights(run.folder, STEPS), weights(other, STEPS)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_checkpoint_whose_line_was_lost_can_be_branched_from(trained, tmp_path):
    step = trained.folder.checkpoint_steps()[1]
    log = trained.folder.path / "events.jsonl"
    events = trained.folder.events()
    place = next(n for n, e in enumerate(events) if isinstance(e, Saved) and e.step == step)
    log.write_text("".join(event.model_dump_json() + "\n" for event in events[:place]))
    for later in trained.folder.checkpoint_steps():
        if later > step:
            trained.folder.checkpoint_file(later).unlink()
    other = branch(trained.folder, step, "x", tmp_path / "branch")
    assert fold(other.events()).checkpoints == (step,)


def test_what_cannot_be_branched_is_refused_and_leaves_nothing(trained, tmp_path):
    target = tmp_path / "branch"
    with pytest.raises(RunError, match="no checkpoint of step 999") as missing:
        branch(trained.folder, 999, "x", target)
    assert str(trained.folder.checkpoint_steps()[0]) in missing.value.hint
    with pytest.raises(RunError, match="nothing is left to train"):
        branch(trained.folder, STEPS, "x", target)
    assert not target.exists()
    target.mkdir()
    (target / "mine.txt").write_text("precious")
    with pytest.raises(RunError, match="not empty"):
        branch(trained.folder, trained.folder.checkpoint_steps()[0], "x", target)
    assert [p.name for p in target.iterdir()] == ["mine.txt"]


def test_a_full_disk_leaves_nothing_half_written(trained, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(branching.shutil, "copyfile", full)
    with pytest.raises(StudioError, match="disk is full"):
        branch(trained.folder, trained.folder.checkpoint_steps()[0], "x", tmp_path / "branch")
    assert not (tmp_path / "branch").exists()
