import errno

import pytest

from sslstudio.domain.events import Edited, Finished, Saved, Shown
from sslstudio.domain.run import fold
from sslstudio.engine.plan import Edit
from sslstudio.services import files
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from tests.services.runs.conftest import STEPS


class FullDisk:
    """From a moment on nothing can be written any more: no files, and no lines either."""

    def __init__(self, monkeypatch):
        self.files_fail = self.lines_fail = self.once = False
        flush, append = files.os.fsync, RunFolder.append

        def flushed(handle):
            if self.files_fail:
                raise OSError(errno.ENOSPC, "No space left on device")
            flush(handle)

        def appended(folder, event):
            if self.lines_fail:
                self.lines_fail = not self.once
                with (
                    files.disk_errors(folder.path),
                    (folder.path / "events.jsonl").open("ab") as log,
                ):
                    # Half a line is what a full disk leaves.
                    log.write(b'{"kind":"fin')
                    raise OSError(errno.ENOSPC, "No space left on device")
            append(folder, event)

        monkeypatch.setattr(files.os, "fsync", flushed)
        monkeypatch.setattr(RunFolder, "append", appended)


@pytest.fixture
def disk(monkeypatch):
    return FullDisk(monkeypatch)


def test_a_disk_that_fills_up_ends_the_run_with_a_sentence_and_loses_nothing(
    small_run, disk, catalog
):
    run = small_run()
    seen = []
    for event in run.events():
        seen.append(event)
        if isinstance(event, Saved) and event.step >= 4:
            disk.files_fail = disk.lines_fail = True
    last = seen[-1]
    assert isinstance(last, Finished)
    assert last.outcome == "failed"
    assert "The disk is full" in last.message
    assert "Free some space" in last.hint
    kept = run.folder.checkpoint_steps()
    assert kept
    assert not [p for p in (run.folder.path / "checkpoints").iterdir() if p.name.startswith(".")]

    disk.files_fail = disk.lines_fail = False
    assert RunLibrary(run.folder.path.parent, catalog).card(run.folder).can_resume
    run.train(resume=True)
    summary = fold(run.folder.events())
    assert (summary.outcome, summary.step) == ("done", STEPS)
    assert set(kept) <= set(summary.checkpoints)


def test_a_full_disk_while_a_picture_is_written_says_the_same(small_run, disk):
    run = small_run()
    events = run.events()
    seen = [next(events)]
    disk.files_fail = True
    seen += list(events)
    assert not [event for event in seen if isinstance(event, Shown)]
    assert "The disk is full" in seen[-1].message
    assert run.folder.events()[-1] == seen[-1]


def test_a_line_that_was_cut_short_does_not_swallow_the_last_word(small_run, disk):
    run = small_run()
    for event in run.events():
        # The disk is full for one line only; then somebody frees a little.
        disk.lines_fail = isinstance(event, Saved)
        disk.once = True
    last = run.folder.events()[-1]
    assert isinstance(last, Finished)
    assert (last.outcome, last.hint[:4]) == ("failed", "Free")


def test_an_edit_tells_the_anchors_from_there_on(small_run):
    run = small_run()
    edit = Edit("objective.loss.temperature", 0.5)
    run.train(edits={4: edit})
    (edited,) = [event for event in run.folder.events() if isinstance(event, Edited)]
    before = {line.label: line.value for line in run.folder.events()[0].anchors}
    after = {line.label: line.value for line in edited.anchors}
    assert before.keys() == after.keys()
    assert after["uniform sphere"] > before["uniform sphere"]
    assert fold(run.folder.events()).anchors == edited.anchors


def test_the_checkpoint_with_the_best_knn_is_known(small_run, monkeypatch):
    readings = iter([0.1, 0.4, 0.8, 0.6, *[0.5] * 50])
    monkeypatch.setattr("sslstudio.engine.rhythm.MEASUREMENT_STEPS", 1)
    monkeypatch.setattr("sslstudio.engine.rhythm.Rhythm.measurement_is_due", lambda *_a: True)
    monkeypatch.setattr("sslstudio.engine.rhythm.Rhythm.bank_is_due", lambda *_a: True)
    monkeypatch.setattr(
        "sslstudio.catalog.monitors.knn.knn_accuracy", lambda *_arguments: next(readings)
    )
    # Forty steps: no tenth of the budget ends at step 2.
    run = small_run(training__budget={"unit": "steps", "amount": 40})
    run.train()
    best = fold(run.folder.events()).best
    assert best is not None
    assert (best.step, best.knn) == (2, 0.8)
    assert 2 in run.folder.checkpoint_steps()
