import json
import os
import subprocess
import sys
import time

import pytest
import torch

from sslstudio.domain.errors import RecipeError, RunError, StudioError
from sslstudio.domain.events import Finished, Saved
from sslstudio.engine.checkpoint import flatten, unflatten
from sslstudio.services import files
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from tests.support.runs import small_recipe


@pytest.fixture
def folder(tmp_path, catalog):
    return RunFolder.create(tmp_path / "run", small_recipe(catalog), {"compute": {}})


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path, catalog):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(RunError, match="not empty"):
        RunFolder.create(tmp_path, small_recipe(catalog), {})
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_checkpoint_comes_back_with_shared_storage_and_numbered_keys(folder):
    shared = torch.arange(6.0)
    state = {"a": shared, "b": shared, "optimizer": {0: {"step": torch.tensor(3.0)}}, "step": 7}
    folder.write_checkpoint(7, *flatten(state))
    back = unflatten(*folder.read_checkpoint())
    assert torch.equal(back["a"], shared)
    assert torch.equal(back["b"], shared)
    assert back["optimizer"][0]["step"] == 3.0
    assert back["step"] == 7


def test_a_torn_last_line_is_ignored_and_cut_off_before_new_events(folder):
    folder.append(Saved(step=1, path="x"))
    with (folder.path / "events.jsonl").open("ab") as log:
        log.write(b'{"kind": "saved", "st')
    assert [event.step for event in folder.events()] == [1]
    folder.mend_log()
    folder.append(Saved(step=2, path="y"))
    assert [event.step for event in folder.events()] == [1, 2]


def test_a_missing_checkpoint_is_a_sentence(folder):
    with pytest.raises(RunError, match="holds no checkpoint"):
        folder.read_checkpoint()


def test_a_damaged_checkpoint_is_a_sentence(folder):
    folder.write_checkpoint(3, *flatten({"a": torch.zeros(4)}))
    folder.checkpoint_file(3).write_bytes(b"not a safetensors file")
    with pytest.raises(RunError, match="damaged"):
        folder.read_checkpoint()


def test_a_full_disk_leaves_the_old_checkpoint_and_says_so(folder, monkeypatch):
    folder.write_checkpoint(1, *flatten({"a": torch.zeros(4)}))

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(StudioError, match="disk is full"):
        folder.write_checkpoint(2, *flatten({"a": torch.ones(4)}))
    assert folder.checkpoint_steps() == (1,)
    assert sorted(p.name for p in (folder.path / "checkpoints").iterdir()) == [
        "step-00000001.safetensors"
    ]


def test_a_newer_recipe_schema_is_refused_and_the_library_goes_on(folder, catalog, tmp_path):
    file = folder.path / "recipe.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "schema_version": 99}))
    with pytest.raises(RecipeError, match="newer sslstudio"):
        folder.recipe(catalog)
    (card,) = RunLibrary(tmp_path, catalog).cards()
    assert "newer sslstudio" in card.problem


def test_an_unknown_part_is_kept_word_for_word(folder, catalog):
    file = folder.path / "recipe.json"
    content = json.loads(file.read_text())
    content["objective"]["loss"] = {"kind": "from-the-future", "power": 9}
    file.write_text(json.dumps(content))
    recipe = folder.recipe(catalog)
    assert recipe.model_dump(mode="json")["objective"]["loss"] == content["objective"]["loss"]


def test_state_follows_lock_and_last_event(folder, catalog, tmp_path):
    library = RunLibrary(tmp_path, catalog)
    assert library.card(folder).state == "interrupted"
    with folder.locked():
        assert library.card(folder).state == "training"
        with pytest.raises(RunError, match="trained by another process"), folder.locked():
            pass
    folder.append(Finished(step=4, outcome="done", seconds=1.0))
    assert library.card(folder).state == "done"


def test_a_killed_process_leaves_a_run_that_is_not_alive(folder):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from sslstudio.services.runs.folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).locked():\n"
        "    print('locked', flush=True)\n"
        "    time.sleep(600)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline().strip() == "locked"
        assert folder.is_alive()
    finally:
        child.kill()
        child.wait()
    deadline = time.monotonic() + 30
    while folder.is_alive() and time.monotonic() < deadline:
        os.sched_yield()
    assert not folder.is_alive()


def test_rename_and_delete(folder, catalog):
    tmp_path = folder.path.parent
    library = RunLibrary(tmp_path, catalog)
    library.rename("run", "My first")
    assert library.cards()[0].name == "My first"
    library.delete("run")
    assert library.cards() == ()
