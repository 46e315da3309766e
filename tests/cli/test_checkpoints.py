"""The command line on checkpoints: branch from one, score the best, the last or a given one."""

import json

import pytest
from PIL import Image
from safetensors.torch import load_file

from tests.cli.test_command_line import SMALL, call, printed


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    arguments = ["train", "simclr", "--data", "digits", "--steps", 20, "--out", out, *SMALL]
    assert call(*arguments) == 0
    return out


def steps_of(run):
    return sorted(int(file.stem[5:]) for file in (run / "checkpoints").iterdir())


def test_a_branch_goes_on_to_the_same_weights_and_leaves_the_run_alone(trained, tmp_path, capsys):
    before = {file: file.read_bytes() for file in trained.rglob("*") if file.is_file()}
    step = steps_of(trained)[2]
    assert call("resume", trained, "--from-step", step, "--out", tmp_path / "b", "--json") == 0
    lines = printed(capsys)
    assert (lines[0]["kind"], lines[0]["step"], lines[0]["resumed"]) == ("started", step, True)
    assert lines[-1]["steps"] == 20
    name = "checkpoints/step-00000020.safetensors"
    first, second = load_file(trained / name), load_file(tmp_path / "b" / name)
    assert all(first[k].equal(second[k]) for k in first if k.startswith("objective"))
    after = {file: file.read_bytes() for file in trained.rglob("*") if file.is_file()}
    assert after == before


def test_runs_tell_where_they_come_from_and_which_checkpoint_is_best(
    trained, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    step = steps_of(trained)[0]
    assert call("resume", trained, "--from-step", step) == 0
    capsys.readouterr()
    assert call("runs", "--json") == 0
    (row,) = printed(capsys)
    assert row["branched_from"]["step"] == step
    assert row["branched_from"]["run"] == trained.name
    assert row["best_checkpoint"] in row["checkpoints"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from-step", "7777", "--out", "new"], "no checkpoint of step 7777"),
        (["--from-step", "20", "--out", "new"], "nothing is left to train"),
        (["--out", "new"], "--out needs --from-step"),
    ],
)
def test_what_cannot_be_branched_is_two_plain_lines(
    trained, tmp_path, capsys, monkeypatch, arguments, words
):
    monkeypatch.chdir(tmp_path)
    assert call("resume", trained, *arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert len(captured.err.strip().splitlines()) <= 2
    assert not (tmp_path / "new").exists()


def test_evaluate_takes_the_last_the_best_or_a_given_checkpoint(trained, capsys):
    steps = steps_of(trained)
    events = [json.loads(line) for line in (trained / "events.jsonl").read_text().splitlines()]
    scores, knn = {}, None
    for event in events:
        if event["kind"] == "measured" and "knn" in event["readings"]:
            knn = (event["step"], event["readings"]["knn"])
        if event["kind"] == "saved" and knn and knn[0] == event["step"]:
            scores[event["step"]] = knn[1]
    best = max(scores, key=lambda step: (scores[step], step))
    for choice, step in (("last", 20), ("best", best), (str(steps[0]), steps[0])):
        assert call("evaluate", trained, "--checkpoint", choice, "--json") == 0
        assert printed(capsys)[0]["step"] == step


def test_an_unknown_checkpoint_is_refused(trained, tmp_path, capsys):
    for choice, words in (("worst", "not known"), ("7", "no checkpoint of step 7")):
        assert call("export", trained, "--checkpoint", choice, "--out", tmp_path / "x") == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "x").exists()


def test_a_model_is_scored_and_searched_with_like_its_run(trained, tmp_path, capsys):
    model = tmp_path / "model"
    assert call("export", trained, "--out", model) == 0
    Image.new("L", (40, 30), 128).save(tmp_path / "q.png")
    capsys.readouterr()
    assert call("search", model, tmp_path / "q.png", "-k", 3, "--json") == 0
    hits = printed(capsys)
    assert call("search", trained, tmp_path / "q.png", "-k", 3, "--json") == 0
    assert [hit["path"] for hit in printed(capsys)] == [hit["path"] for hit in hits]
    assert call("evaluate", model, "--json") == call("evaluate", trained, "--json") == 0
    first, second = printed(capsys)
    assert first["accuracy"] == second["accuracy"]
    assert call("evaluate", model, "--checkpoint", "best") == 2
    assert "exported model" in capsys.readouterr().err


def test_a_collapse_is_told_with_its_likely_cause(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sslstudio.domain.verdict.FIRST_STEP", 1)
    monkeypatch.setattr("sslstudio.domain.verdict.form_of_collapse", lambda *_a: "complete")
    monkeypatch.setattr("sslstudio.engine.rhythm.MEASUREMENT_STEPS", 1)
    monkeypatch.setattr("sslstudio.engine.rhythm.MEASUREMENT_SHARE", 1e9)
    arguments = ["train", "simsiam", "--data", "digits", "--steps", 12, *SMALL]
    arguments += ["--set", "objective.target=same"]
    assert call(*arguments, "--out", tmp_path / "a", "--json") == 0
    result = printed(capsys)[-1]
    assert result["state"] == "collapsed"
    assert result["diagnosis"][0]["set"] == {"objective.target": "stop-gradient"}
    assert call(*arguments, "--out", tmp_path / "b") == 0
    assert "Likely cause: No stop-gradient" in capsys.readouterr().out
