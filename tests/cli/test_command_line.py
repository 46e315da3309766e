import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from sslstudio.cli.app import run

SMALL = [
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}',
    "--set", "data.size=12", "--set", "views.0.size=null", "--set", "training.batch_size=32",
    "--set", "training.precision=fp32",
]  # fmt: skip


def call(*arguments):
    return run([str(a) for a in arguments], lambda _recipe, _data: 0)


def printed(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    arguments = ["train", "simclr", "--data", "digits", "--steps", 12, "--out", out, *SMALL]
    assert call(*arguments) == 0
    return out


def test_training_prints_json_lines_and_the_result_last(tmp_path, capsys):
    assert call("train", "vicreg", "--data", "digits", "--steps", 3, "--out", tmp_path / "r",
                "--json", *SMALL) == 0  # fmt: skip
    lines = printed(capsys)
    assert lines[0]["kind"] == "started"
    assert lines[-1]["kind"] == "result"
    assert lines[-1]["steps"] == 3
    assert [line for line in lines if "verdict" in json.dumps(line)] == [
        line for line in lines if line["kind"] == "verdict"
    ]


def test_evaluate_has_the_promised_fields(trained, capsys):
    assert call("evaluate", trained, "--json") == 0
    (result,) = printed(capsys)
    assert {"protocol", "accuracy", "random_encoder", "raw_pixels", "train_images"} <= set(result)
    assert 0.0 <= result["random_encoder"] <= 1.0
    assert result["train_images"] + result["test_images"] == 1797
    assert result["raw_pixels"] > 0.9
    assert result["pca"] > 0.9


def test_linear_probe(trained, capsys):
    assert call("evaluate", trained, "--protocol", "linear", "--json") == 0
    assert printed(capsys)[0]["accuracy"] > 0.3


def test_embed_map_and_search(trained, tmp_path, capsys):
    assert call("embed", trained, "digits", "--out", tmp_path / "e.npz") == 0
    with np.load(tmp_path / "e.npz", allow_pickle=False) as content:
        assert content["embeddings"].shape == (1797, 32)
        assert content["embeddings"].dtype == np.float32
        assert len(content["paths"]) == len(content["labels"]) == 1797
    out = tmp_path / "map.csv"
    assert call("map", tmp_path / "e.npz", "--method", "pca", "--out", out) == 0
    rows = out.read_text().splitlines()
    assert rows[0] == "index,path,label,split,x,y"
    assert len(rows) == 1798
    Image.new("L", (40, 30), 128).save(tmp_path / "q.png")
    capsys.readouterr()
    assert call("search", trained, tmp_path / "q.png", "-k", 3, "--json") == 0
    hits = printed(capsys)
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["score"] >= hits[1]["score"]


@pytest.mark.parametrize("file_format", ["safetensors", "onnx"])
def test_export_agrees_with_the_original(trained, tmp_path, capsys, file_format):
    assert call("export", trained, "--format", file_format, "--out", tmp_path / "x", "--json") == 0
    (result,) = printed(capsys)
    assert result["largest_difference"] < 1e-4
    assert result["checked_images"] == 100


def test_a_finished_run_has_nothing_to_resume(trained, capsys):
    assert call("resume", trained) == 0
    assert "Nothing is left to resume" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "no-such-preset"], "no preset"),
        (["train", "simclr", "--data", "/no/such/folder"], "/no/such/folder"),
        (["train", "simclr", "--data", "digits", "--set", "seed=-4"], "seed"),
        (["train", "simclr", "--data", "digits", "--set", "nonsense.path=1"], "nonsense"),
        (["train", "simclr", "--data", "digits", "--set", "objective.loss=frob"], "frob"),
        (["train", "simclr", "--data", "digits", "--minutes", "1", "--steps", "3"], "exclude"),
        (["train", "simclr", "--data", "digits", "--steps", "0"], "larger than zero"),
        (["train", "simclr", "--data", "digits", "--device", "warp"], "warp"),
        (["evaluate", "no-such-run"], "no-such-run"),
        (["frobnicate"], "frobnicate"),
        (["train"], "R"),
    ],
)
def test_a_mistake_is_one_or_two_plain_lines_and_exit_2(arguments, words, capsys, tmp_path):
    out = (
        ["--out", str(tmp_path / "never")] if arguments[0] == "train" and len(arguments) > 1 else []
    )
    assert call(*arguments, *out) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert 1 <= len(lines) <= 2
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "never").exists()


def test_an_existing_out_is_refused_untouched(trained, capsys):
    before = sorted(p.name for p in trained.rglob("*"))
    assert call("train", "simclr", "--data", "digits", "--steps", 2, "--out", trained) == 2
    assert "not empty" in capsys.readouterr().err
    assert sorted(p.name for p in trained.rglob("*")) == before


def test_training_may_begin_with_another_runs_weights(trained, tmp_path, capsys):
    arguments = ["--data", "digits", "--steps", 1, "--set", "optimizer.learning_rate=1e-5", *SMALL]
    assert call("train", "byol", "--from", trained, "--out", tmp_path / "b", *arguments) == 0
    before = load_file(max((trained / "checkpoints").iterdir()))
    after = load_file(max((tmp_path / "b" / "checkpoints").iterdir()))
    name = "encoder.stem.0.weight"
    (kept,) = {key for key in before if key.endswith(f"objective/{name}")}
    assert before[kept].allclose(after[kept], atol=1e-4)
    teacher = next(key for key in after if "teacher" in key and key.endswith("0.stem.0.weight"))
    assert before[kept].allclose(after[teacher], atol=1e-4)
    wide = [w.replace('"width": 8', '"width": 16') for w in map(str, SMALL)]
    assert call("train", "simclr", "--from", trained, "--data", "digits", "--steps", 1,
                "--out", tmp_path / "c", *wide) == 2  # fmt: skip
    assert "do not fit" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_micro_batches_and_layers_are_set_from_the_command_line(tmp_path, capsys):
    kept = '{"layer": "encoder", "also": ["stage1", "projector"]}'
    divided = ["--set", "training.micro_batches=2", "--set", "training.micro_batching=grad-cache"]
    run = ["simclr", "--data", "digits", "--steps", 1, "--out", tmp_path / "r", *SMALL]
    assert call("train", *run, *divided, "--set", f"representation={kept}") == 0
    capsys.readouterr()
    assert call("embed", tmp_path / "r", "digits", "--out", tmp_path / "e.npz") == 0
    with np.load(tmp_path / "e.npz", allow_pickle=False) as content:
        lengths = np.linalg.norm(content["embeddings"], axis=1)
    np.testing.assert_allclose(lengths, 3**0.5, rtol=1e-4)  # three layers of length 1
    recipe = json.loads((tmp_path / "r" / "recipe.json").read_text())
    assert recipe["representation"]["also"] == ["stage1", "projector"]
    assert recipe["training"]["micro_batching"] == "grad-cache"


def test_check_prints_problems_and_a_summary(tmp_path, capsys):
    assert call("recipes", "simsiam", "--save", tmp_path / "r.json") == 0
    content = json.loads((tmp_path / "r.json").read_text())
    content["objective"]["target"] = {"kind": "same"}
    (tmp_path / "r.json").write_text(json.dumps(content))
    capsys.readouterr()
    assert call("check", tmp_path / "r.json") == 0
    captured = capsys.readouterr()
    assert "collapses" in captured.out
    assert "0 errors, 1 warnings" in captured.err
    content["training"]["batch_size"] = 1
    (tmp_path / "r.json").write_text(json.dumps(content))
    assert call("check", tmp_path / "r.json") == 2


def test_parts_and_recipes_as_json(capsys):
    assert call("parts", "--json") == 0
    parts = printed(capsys)
    assert {"family", "kind", "fields", "citation"} <= set(parts[0])
    assert "nt-xent" in {part["kind"] for part in parts}
    assert call("recipes", "--json") == 0
    rows = {row["id"]: row for row in printed(capsys)}
    assert {"simclr", "byol", "simsiam", "vicreg", "barlow-twins"} <= set(rows)
    published = rows["simclr"]["published"]
    assert all(0 < row["value"] < 100 and row["data"] and row["source"] for row in published)
    assert published


def test_a_preset_is_shown_with_its_recipe_and_with_published_results(capsys):
    assert call("recipes", "w-mse", "--json") == 0
    [row] = printed(capsys)
    assert row["recipe"]["objective"]["loss"]["kind"] == "w-mse"
    assert call("recipes", "w-mse") == 0
    shown = capsys.readouterr().out
    for result in row["published"]:
        assert f"{result['value']:g} %" in shown
        assert result["source"] in shown


def start_training(out: Path, steps: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sslstudio", "train", "simclr", "--data", "digits",
               "--steps", str(steps), "--out", str(out), "--json", *SMALL]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def wait_for(child: subprocess.Popen[str], kind: str, count: int) -> None:
    for line in child.stdout:
        count -= json.loads(line)["kind"] == kind
        if count == 0:
            return
    raise AssertionError(f"the process ended before it printed {kind}")


def test_killed_training_resumes_to_the_same_weights(tmp_path):
    whole = start_training(tmp_path / "whole", 40)
    assert whole.wait() == 0 if whole.communicate() else False
    cut = start_training(tmp_path / "cut", 40)
    wait_for(cut, "saved", 3)
    cut.kill()
    cut.wait()
    again = subprocess.run(
        [sys.executable, "-m", "sslstudio", "resume", str(tmp_path / "cut"), "--json"],
        capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert json.loads(again.stdout.splitlines()[-1])["steps"] == 40
    name = "checkpoints/step-00000040.safetensors"
    first, second = load_file(tmp_path / "whole" / name), load_file(tmp_path / "cut" / name)
    assert first.keys() == second.keys()
    assert all(first[k].equal(second[k]) for k in first if k.startswith("objective"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_with_a_checkpoint_and_exit_130(tmp_path, number):
    child = start_training(tmp_path / "run", 100_000)
    wait_for(child, "stepped", 2)
    child.send_signal(number)
    rest = child.communicate()[0].splitlines()
    assert child.returncode == 130
    assert json.loads(rest[-1])["outcome"] == "stopped"
    assert list((tmp_path / "run" / "checkpoints").iterdir())
