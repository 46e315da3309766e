"""Whole runs on a GPU: train, pause and go on, score, export, and without the GPU afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch

from sslstudio.cli.app import run
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import train
from sslstudio.services.datasets import open_images
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.training import begin, run_training
from tests.catalog.wirings import CATALOG, small_presets
from tests.gpu.conftest import gpu_session
from tests.support.runs import MemoryKeep, Script, small_recipe

SMALL = [
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}',
    "--set", "data.size=12", "--set", "views.0.size=null", "--set", "training.batch_size=64",
]  # fmt: skip
KEEPERS = ["moco-v2", "npid", "dino", "swav", "byol", "nnclr", "deepcluster-v2"]


def call(*arguments):
    return run([str(a) for a in arguments], lambda _recipe, _data: 0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    arguments = ["train", "simclr", "--data", "digits", "--steps", 12, "--out", out, *SMALL]
    assert call(*arguments) == 0
    return out


def test_a_run_takes_the_gpu_by_itself_and_says_so(trained):
    noted = RunFolder.open(trained).environment()
    assert noted["compute"]["device"] == "cuda"
    assert noted["compute"]["precision"] == "bf16"
    assert noted["device_name"] == torch.cuda.get_device_name()
    memory = [e.memory_bytes for e in RunFolder.open(trained).events() if e.kind == "stepped"]
    assert memory[-1] > 0


@pytest.mark.parametrize("protocol", ["knn", "linear"])
def test_it_is_scored(trained, protocol, capsys):
    assert call("evaluate", trained, "--protocol", protocol, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert 0.2 < result["accuracy"] <= 1.0


def test_without_the_gpu_it_is_scored_and_exported_alike(trained, tmp_path):
    here = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "sslstudio"]
    scores = []
    for environment in (os.environ, here):
        done = subprocess.run(
            [*command, "evaluate", str(trained), "--json"],
            env=dict(environment), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        scores.append(json.loads(done.stdout)["accuracy"])
    assert scores[0] == pytest.approx(scores[1], abs=0.03)
    done = subprocess.run(
        [*command, "export", str(trained), "--out", str(tmp_path / "model")],
        env=here, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_without_the_gpu_a_stopped_run_goes_on(tmp_path):
    recipe = small_recipe(CATALOG, data__source="digits", training__precision="auto")
    images = open_images(recipe.data)
    parts, plan, environment = begin(recipe, CATALOG, images, "cuda")
    folder = RunFolder.create(tmp_path / "run", recipe, environment)
    list(run_training(folder, parts, plan, Script(stop_at=3), resume=False))
    assert folder.events()[-1].outcome == "stopped"
    done = subprocess.run(
        [sys.executable, "-m", "sslstudio", "resume", str(folder.path)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder.events()[-1].outcome, folder.events()[-1].step) == ("done", 6)


@pytest.mark.parametrize("preset", KEEPERS)
def test_a_resumed_run_ends_where_the_uninterrupted_one_does(preset):
    recipe = small_presets()[preset]
    whole, first, second = MemoryKeep(), MemoryKeep(), MemoryKeep()
    list(train(gpu_session(CATALOG, recipe), whole, Script()))
    list(train(gpu_session(CATALOG, recipe), first, Script(stop_at=3)))
    session = gpu_session(CATALOG, recipe)
    session.restore(unflatten(*first.checkpoints[3]))
    list(train(session, second, Script()))
    ours, theirs = (keep.checkpoints[6][0] for keep in (whole, second))
    assert set(ours) == set(theirs)
    for name, value in ours.items():
        if value.dtype.is_floating_point:
            assert torch.allclose(value, theirs[name].to(value.device), atol=1e-3), name


def test_a_step_that_does_not_fit_ends_with_a_sentence():
    wide = {"kind": "resnet", "depth": "50", "width": 4}
    recipe = small_recipe(CATALOG, encoder=wide, training__batch_size=64)
    session = gpu_session(CATALOG, recipe)
    torch.cuda.empty_cache()
    taken = torch.cuda.memory_allocated() / torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(taken * 1.02)
    try:
        with pytest.raises(Exception, match="does not fit into memory"):
            session.advance()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
