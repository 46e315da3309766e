"""Images, recipes and runs of every kind on the command line: read, or refused in plain lines."""

import errno
import json
import shutil

import numpy as np
import pytest
import torch

from sslstudio.catalog.losses.nt_xent import NtXent
from sslstudio.cli.app import run
from sslstudio.services.datasets import archive
from tests.services.datasets.files import save_noise, save_plain
from tests.support.inputs import LARGEST_HONEST_ZIP, REFUSED, every_kind_of_picture

SMALL = [
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}', "--set", "data.size=12",
    "--set", "views.0.size=null", "--set", "training.batch_size=8",
    "--set", "training.precision=fp32",
]  # fmt: skip


def call(*arguments):
    return run([str(a) for a in arguments], lambda _recipe, _data: 0)


def trained_on(source, out, *more, steps=2):
    return call("train", "simclr", "--data", source, "--steps", steps, "--out", out, *SMALL, *more)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a run on digits called `run`."""
    root = tmp_path_factory.mktemp("runs")
    assert trained_on("digits", root / "run", "--set", "training.batch_size=32") == 0
    return root


@pytest.fixture
def mixed(tmp_path):
    return every_kind_of_picture(tmp_path / "mixed")


def test_pictures_of_every_kind_are_trained_on_and_what_was_left_out_is_named(
    mixed, tmp_path, capsys
):
    assert trained_on(mixed, tmp_path / "run", "--json") == 0
    captured = capsys.readouterr()
    assert "2 files could not be read and left out: broken.jpg (The file is cut off" in captured.err
    assert "empty.png (The file is empty.)" in captured.err
    assert "1 image is 16-bit: scaled from the 0.5 to the 99.5 percentile" in captured.err
    assert all(json.loads(line) for line in captured.out.splitlines())
    assert call("embed", tmp_path / "run", mixed, "--out", tmp_path / "e.npz") == 0
    with np.load(tmp_path / "e.npz") as content:
        paths = [str(path) for path in content["paths"]]
        assert np.isfinite(content["embeddings"]).all()
    assert len(paths) == 10
    assert any(path.endswith("deep in there.png") and len(path) > 600 for path in paths)
    assert "日本語 🦊 größe.png" in paths


def test_nested_folders_and_one_class_only(tmp_path, capsys):
    for place in ("nested/a/x", "nested/a/y", "nested/b/x", "one/cat"):
        for number in range(6):
            save_noise(tmp_path / place / f"{number}.png", number)
    assert trained_on(tmp_path / "nested", tmp_path / "run") == 0
    assert call("evaluate", tmp_path / "run", "--json") == 0
    capsys.readouterr()
    assert trained_on(tmp_path / "one", tmp_path / "other", "--set", "training.batch_size=4") == 0
    assert call("evaluate", tmp_path / "other") == 2
    assert "every encoder would be right" in capsys.readouterr().err


def assert_refused(capsys, words, place=""):
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert captured.out == ""
    assert 1 <= len(lines) <= 2
    assert words in captured.err
    assert str(place) in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(("name", "make", "words"), REFUSED)
def test_images_that_are_none_are_refused(tmp_path, capsys, monkeypatch, name, make, words):
    monkeypatch.setattr(archive, "RATIO_COUNTS_FROM", LARGEST_HONEST_ZIP)
    make(tmp_path / name)
    assert trained_on(tmp_path / name, tmp_path / "run") == 2
    assert_refused(capsys, words, tmp_path / name)
    assert not (tmp_path / "run").exists()


def changed(path, value):
    def change(recipe):
        node = recipe
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(["objective", "loss"], {"kind": "from-the-future", "power": 9}), "no 'from-the"),
        (changed(["encoder"], {"kind": "quantum"}), "no 'quantum'"),
        (changed(["training", "batch_size"], 0), "training.batch_size"),
        (changed(["objective", "loss", "temperature"], 99), "objective.loss.temperature"),
        (changed(["schema_version"], 9), "newer sslstudio"),
        (changed(["surprise"], 1), "surprise"),
    ],
)
def test_a_recipe_that_cannot_run_is_refused_by_check_and_train(tmp_path, capsys, change, words):
    file = tmp_path / "r.json"
    assert call("recipes", "simclr", "--save", file) == 0
    recipe = json.loads(file.read_text())
    change(recipe)
    file.write_text(json.dumps(recipe))
    capsys.readouterr()
    out = tmp_path / "run"
    assert call("train", file, "--data", "digits", "--steps", 1, "--out", out) == 2
    assert_refused(capsys, words)
    assert not out.exists()
    assert call("check", file) == 2
    captured = capsys.readouterr()
    assert words in captured.out + captured.err
    assert "r.json" in captured.out + captured.err


@pytest.mark.parametrize("text", ["hello", "[]", '"x"', ""])
def test_a_file_that_is_no_recipe_is_refused_by_name(tmp_path, capsys, text):
    (tmp_path / "r.json").write_text(text)
    assert call("check", tmp_path / "r.json") == 2
    assert_refused(capsys, "r.json")


@pytest.mark.parametrize("verb", ["evaluate", "resume", "export", "search", "map", "embed"])
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_run_without_its_checkpoint_is_refused(runs, tmp_path, capsys, verb, damage):
    broken = shutil.copytree(runs / "run", tmp_path / "broken")
    log = (broken / "events.jsonl").read_text().splitlines(keepends=True)
    # As if it had been interrupted: a finished run has nothing to resume.
    (broken / "events.jsonl").write_text("".join(log[:-1]))
    for file in (broken / "checkpoints").iterdir():
        file.unlink() if damage == "missing" else file.write_bytes(b"bad")
    picture = save_plain(tmp_path / "q.png")
    more = {
        "export": ["--out", tmp_path / "x"],
        "search": [picture],
        "map": ["--method", "pca", "--out", tmp_path / "m.csv"],
        "embed": ["digits", "--out", tmp_path / "e.npz"],
    }.get(verb, [])
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert call(verb, broken, *more) == 2
    assert_refused(capsys, "no checkpoint" if damage == "missing" else "is damaged")
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "simclr", "--data", "digits", "--steps", "1", "--out"],
        ["export", "RUN", "--out"],
        ["embed", "RUN", "digits", "--out"],
        ["map", "RUN", "--method", "pca", "--out"],
    ],
)
def test_what_exists_is_never_written_over(runs, tmp_path, capsys, arguments):
    target = tmp_path / "out.csv"
    target.mkdir()
    (target / "precious.txt").write_text("mine")
    if arguments[0] in {"embed", "map"}:
        shutil.rmtree(target)
        target.write_text("mine")
    words = [str(runs / "run") if word == "RUN" else word for word in arguments]
    assert call(*words, target) == 2
    assert_refused(capsys, "exists already", target)
    kept = target if target.is_file() else target / "precious.txt"
    assert kept.read_text() == "mine"


@pytest.fixture
def full_disk(monkeypatch):
    """Every safetensors file and every flush meets a full disk, as the libraries tell it."""
    from safetensors import SafetensorError

    def refuse(*_arguments, **_options):
        raise SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        )

    monkeypatch.setattr("safetensors.torch.serialize_file", refuse)

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    return lambda: monkeypatch.setattr("sslstudio.services.files.os.fsync", full)


def test_a_full_disk_ends_training_with_a_sentence_and_the_log_intact(
    full_disk, runs, tmp_path, capsys
):
    assert trained_on("digits", tmp_path / "run", "--set", "training.batch_size=32") == 1
    error = capsys.readouterr().err
    assert "The disk is full" in error
    assert "error of ours" not in error
    assert not list((tmp_path / "run" / "checkpoints").iterdir())
    events = (tmp_path / "run" / "events.jsonl").read_text().splitlines()
    assert json.loads(events[-1])["outcome"] == "failed"
    for verb in (["export", runs / "run", "--out", tmp_path / "x"],):
        assert call(*verb) == 1
        assert_refused(capsys, "The disk is full", tmp_path / "x")
    full_disk()
    assert call("embed", runs / "run", "digits", "--out", tmp_path / "e.npz") == 1
    assert_refused(capsys, "The disk is full", tmp_path / "e.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


@pytest.fixture
def spoiled(monkeypatch):
    """Let the loss do something else than pricing, in training alone."""
    honest = NtXent.price

    def spoil(instead):
        def price(self, excess):
            return instead(excess) if excess.requires_grad else honest(self, excess)

        monkeypatch.setattr(NtXent, "price", price)

    return spoil


def test_a_loss_that_is_no_number_ends_the_run_as_diverged(tmp_path, capsys, spoiled):
    spoiled(lambda excess: excess * float("nan"))
    out = tmp_path / "run"
    assert trained_on("digits", out, "--set", "training.batch_size=32", "--json", steps=4) == 1
    captured = capsys.readouterr()
    assert "The loss is not a number any more at step" in captured.err
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["state"] for line in lines if line["kind"] == "verdict"][-1] == "diverged"
    assert lines[-1]["outcome"] == "failed"


def out_of_memory(*_arguments, **_options):
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_too_little_memory_for_a_step_names_a_smaller_batch(tmp_path, capsys, spoiled):
    spoiled(out_of_memory)
    assert trained_on("digits", tmp_path / "run", "--set", "training.batch_size=32") == 1
    error = capsys.readouterr().err
    assert "A step with 32 images does not fit into memory." in error
    assert "Lower the batch to 16" in error


@pytest.mark.parametrize(
    "place", ["sslstudio.engine.observe.Observer.measure", "sslstudio.cli.training.begin"]
)
def test_too_little_memory_anywhere_else_is_a_sentence(tmp_path, capsys, monkeypatch, place):
    monkeypatch.setattr(place, out_of_memory)
    assert trained_on("digits", tmp_path / "run", "--set", "training.batch_size=32") == 1
    assert "There is not enough memory" in capsys.readouterr().err
    assert not (tmp_path / "run" / "failure.txt").exists()
