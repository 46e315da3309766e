import pytest

from sslstudio.domain.events import Dropped, Measured, Saved, Started
from sslstudio.domain.run import fold
from sslstudio.services.runs.checkpoints import standing
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.thinning import Thinning
from tests.services.runs.conftest import STEPS
from tests.support.runs import small_recipe


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing after it is carried out."""


@pytest.fixture
def folder(tmp_path, catalog):
    folder = RunFolder.create(tmp_path / "run", small_recipe(catalog), {"compute": {}})
    folder.append(Started(step=0, total_steps=1000))
    return folder


def save(folder, thinning, step, knn=None):
    """Do what training does with a checkpoint of a run of 1,000 steps."""
    if knn is not None:
        reading = Measured(step=step, readings={"knn": knn})
        folder.append(reading)
        thinning.after(reading)
    folder.checkpoint_file(step).write_bytes(b"weights")
    saved = Saved(step=step, path=folder.checkpoint_file(step).name, progress=step / 1000)
    folder.append(saved)
    dropped = thinning.after(saved)
    if dropped is not None:
        folder.append(dropped)
        thinning.carry_out(dropped)


def test_a_long_run_keeps_tenths_the_best_and_the_last_three(folder):
    thinning = Thinning(folder)
    for step in range(20, 640, 20):
        save(folder, thinning, step, knn=0.9 if step == 340 else 0.5)
    assert folder.checkpoint_steps() == (100, 200, 300, 340, 400, 500, 580, 600, 620)
    assert fold(folder.events()).checkpoints == folder.checkpoint_steps()
    assert fold(folder.events()).best.step == 340


def test_what_somebody_kept_scored_or_explored_stays(folder):
    thinning = Thinning(folder)
    folder.keep_checkpoint(120, kept=True)
    folder.write_notes({**folder.notes(), "evaluations": {"knn": {"step": 140}}})
    (folder.path / "embeddings").mkdir()
    (folder.path / "embeddings" / "map-00000160-ab12.npz").touch()
    (folder.path / "embeddings" / "step-00000180-0123.npz").touch()
    for step in range(100, 300, 20):
        save(folder, thinning, step)
    assert set(folder.checkpoint_steps()) >= {120, 140, 160, 180}
    folder.keep_checkpoint(120, kept=False)
    save(folder, thinning, 300)
    assert 120 not in folder.checkpoint_steps()
    assert 140 in folder.checkpoint_steps()


def test_a_process_killed_before_it_deletes_leaves_a_run_that_goes_on(folder, monkeypatch):
    thinning = Thinning(folder)
    for step in (100, 110, 120, 130):
        save(folder, thinning, step)

    def killed(*_arguments, **_more):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("pathlib.Path.unlink", killed)
        with pytest.raises(Killed):
            save(folder, thinning, 140)
    # The log says that 110 is gone; the file is still there and does no harm.
    assert 110 in folder.checkpoint_steps()
    assert 110 not in fold(folder.events()).checkpoints
    assert standing(folder).checkpoints[-1] == 140

    after = Thinning(folder)
    for step in (150, 160):
        save(folder, after, step)
    assert folder.checkpoint_steps() == (100, 140, 150, 160)


def test_a_process_killed_between_a_checkpoint_and_its_line_loses_nothing(small_run, monkeypatch):
    run = small_run()
    append = RunFolder.append

    def dying(folder, event):
        if isinstance(event, Saved) and event.step == 6:
            raise Killed
        append(folder, event)

    monkeypatch.setattr(RunFolder, "append", dying)
    with pytest.raises(Killed):
        run.train()
    assert run.folder.checkpoint_steps()[-1] == 6
    assert 6 not in fold(run.folder.events()).checkpoints
    monkeypatch.setattr(RunFolder, "append", append)
    run.train(resume=True)
    summary = fold(run.folder.events())
    assert summary.outcome == "done"
    assert 6 in summary.checkpoints
    assert summary.checkpoints == run.folder.checkpoint_steps()


def test_nothing_is_deleted_before_the_log_says_so(small_run, monkeypatch):
    run = small_run(training__budget={"unit": "steps", "amount": 40})
    monkeypatch.setattr("sslstudio.engine.rhythm.SAVE_SECONDS", 0.0)
    append = RunFolder.append

    def dying(folder, event):
        if isinstance(event, Dropped):
            raise Killed
        append(folder, event)

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "append", dying)
        with pytest.raises(Killed):
            run.train()
    assert fold(run.folder.events()).checkpoints == run.folder.checkpoint_steps()
    run.train(resume=True)
    assert fold(run.folder.events()).checkpoints == run.folder.checkpoint_steps()


def test_a_file_that_cannot_be_deleted_now_is_deleted_later(folder, monkeypatch):
    thinning = Thinning(folder)

    def busy(*_arguments, **_more):
        raise PermissionError

    for step in (110, 120, 130):
        save(folder, thinning, step)
    with monkeypatch.context() as open_elsewhere:
        open_elsewhere.setattr("pathlib.Path.unlink", busy)
        save(folder, thinning, 140)
        save(folder, thinning, 150)
    assert 120 in folder.checkpoint_steps()
    save(folder, thinning, 160)
    assert folder.checkpoint_steps() == (110, 140, 150, 160)


def test_a_trained_run_says_what_it_dropped_and_its_log_agrees_with_its_disk(
    small_run, catalog, monkeypatch
):
    run = small_run(training__budget={"unit": "steps", "amount": 40})
    monkeypatch.setattr("sslstudio.engine.rhythm.SAVE_SECONDS", 0.0)
    events = run.train()
    dropped = [step for event in events if isinstance(event, Dropped) for step in event.steps]
    assert dropped
    assert len(dropped) == len(set(dropped))
    left = run.folder.checkpoint_steps()
    assert set(dropped).isdisjoint(left)
    assert set(left) >= {4, 8, 12, 16, 20, 24, 28, 32, 36, 38, 39, 40}
    card = RunLibrary(run.folder.path.parent, catalog).card(run.folder)
    assert card.summary.checkpoints == left == fold(run.folder.events()).checkpoints


def test_checkpoints_that_vanished_are_not_promised(small_run, catalog):
    run = small_run()
    run.train()
    first, *others = run.folder.checkpoint_steps()
    run.folder.checkpoint_file(first).unlink()
    card = RunLibrary(run.folder.path.parent, catalog).card(run.folder)
    assert card.summary.checkpoints == tuple(others)
    assert others[-1] == STEPS
