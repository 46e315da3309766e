"""A preset is fitted to a folder of few images, unless the command line chooses the batch."""

import json
from pathlib import Path

import pytest

from sslstudio.cli.app import run
from tests.services.datasets.files import save_noise

IMAGES = 60
SMALL = [
    "--device", "cpu", "--set", "data.size=12", "--set", "training.precision=fp32",
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}', "--set", "views.0.size=null",
]  # fmt: skip


def call(*arguments):
    return run([str(a) for a in arguments], lambda _recipe, _data: 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("few")
    for number in range(IMAGES):
        save_noise(root / f"c{number % 2}" / f"picture {number * 7}x.png", number, (16, 16))
    return root


def trained(folder, out, preset, *more):
    asked = ["--data", folder, "--steps", 4, "--out", out, "--json", *SMALL, *more]
    assert call("train", preset, *asked) == 0
    return json.loads((out / "recipe.json").read_text())


def test_training_takes_a_batch_that_fits_and_says_so(folder, tmp_path, capsys):
    recipe = trained(folder, tmp_path / "run", "simclr")
    said = capsys.readouterr()
    assert recipe["training"]["batch_size"] == 32
    assert "training images the batch is 32 instead of 256" in said.err
    assert "warning" not in said.err
    assert all(json.loads(line) for line in said.out.splitlines())
    assert json.loads(said.out.splitlines()[-1])["steps"] == 4


def test_a_batch_that_is_asked_for_stays_with_its_rate(folder, tmp_path, capsys):
    recipe = trained(folder, tmp_path / "run", "byol", "--set", "training.batch_size=40")
    assert recipe["training"]["batch_size"] == 40
    assert recipe["optimizer"]["learning_rate"] == 0.2
    assert "batch is" not in capsys.readouterr().err


def test_what_never_trains_says_nothing_of_a_batch(folder, capsys):
    for preset in ("pca", "untrained"):
        assert call("check", preset, "--data", folder) == 0
        said = capsys.readouterr()
        assert "batch" not in said.out + said.err
        assert "0 errors, 0 warnings" in said.err


def test_check_sees_the_recipe_that_train_would_train(folder, capsys):
    assert call("check", "simclr", "--data", folder) == 0
    said = capsys.readouterr()
    assert "the batch is 32 instead of" in said.err
    assert "0 errors, 0 warnings" in said.err


def test_a_sweep_fits_the_batch_unless_it_varies_it(folder, tmp_path, capsys):
    asked = ["--data", folder, "--steps", 1, "--json", *SMALL]
    for over, wanted in (
        ("objective.loss.temperature=0.1,0.5", [32, 32]),
        ("training.batch_size=24,48", [24, 48]),
    ):
        out = tmp_path / over.partition("=")[0]
        assert call("sweep", "simclr", "--over", over, "--out", out, *asked) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        files = [Path(f"{row['run']}/recipe.json") for row in rows if row["kind"] == "run"]
        found = [json.loads(file.read_text())["training"]["batch_size"] for file in files]
        assert found == wanted
