"""The command line at several values of a field: a line for each run, and a table."""

import json
from pathlib import Path

import pytest

from sslstudio.catalog.losses.nt_xent import NtXent
from sslstudio.services.runs.runner import RunControl
from tests.cli.test_command_line import SMALL, call, printed

TEMPERATURES = "objective.loss.temperature=0.1,0.5"
DIGITS = ["--data", "digits", "--steps", 2, *SMALL]


def swept(*arguments):
    return call("sweep", "infomin", *DIGITS, *arguments)


def test_each_run_is_a_line_and_the_last_line_is_a_table_of_them(tmp_path, capsys):
    assert swept("--over", TEMPERATURES, "--out", tmp_path / "s", "--json") == 0
    *runs, result = printed(capsys)
    assert [run["kind"] for run in runs] == ["run", "run"]
    assert [run["value"] for run in runs] == [0.1, 0.5]
    assert (result["kind"], result["over"], result["outcome"]) == ("result", "temperature", "done")
    assert result["paths"] == ["objective.loss.temperature"]
    assert result["rows"] == runs
    for run in runs:
        assert {"knn", "mutual_information"} <= run["readings"].keys()
        assert run["set"] == {"objective.loss.temperature": run["value"]}
        recipe = json.loads((Path(run["run"]) / "recipe.json").read_text())
        assert recipe["objective"]["loss"]["temperature"] == run["value"]
        assert recipe["name"] == f"temperature {run['value']:g}, InfoMin"
    assert sorted(folder.name for folder in (tmp_path / "s").iterdir()) == sorted(
        run["id"] for run in runs
    )


def test_without_over_it_varies_what_the_preset_suggests(capsys):
    assert swept("--set", "views.0.pipeline.2.hue=0.5") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 + 6
    head, *rows = lines[5:]
    assert head.split("  ")[0].strip() == "colour strength"
    assert "I(v1; v2)" in head
    assert "kNN on validation" in head
    assert [row.split()[0] for row in rows] == ["0.25", "0.5", "1.0", "1.5", "2.0"]
    assert call("runs", "--json") == 0
    listed = printed(capsys)
    places = sorted((run["sweep"] for run in listed), key=lambda place: place["position"])
    assert [place["value"] for place in places] == [0.25, 0.5, 1.0, 1.5, 2.0]
    assert {(place["count"], place["sweep"]) for place in places} == {(5, places[0]["sweep"])}


def test_values_may_be_words_pairs_parts_and_factors_and_fields_move_together(tmp_path, capsys):
    over = ["--over", "views.0.pipeline.0.scale=[0.2,1],[0.5,1]", "--over", "seed=7,8"]
    over += ["--over", "objective.loss=dcl,nt-xent"]
    over += ["--over", "views.0.pipeline.2.hue,views.0.pipeline.2.contrast=x0.5,x1"]
    assert swept(*over, "--out", tmp_path / "s", "--json") == 0
    first, second, result = printed(capsys)
    assert first["value"] == [0.2, 1]
    assert result["over"] == "scale"
    recipes = [json.loads((Path(r["run"]) / "recipe.json").read_text()) for r in (first, second)]
    assert [recipe["seed"] for recipe in recipes] == [7, 8]
    assert [recipe["objective"]["loss"]["kind"] for recipe in recipes] == ["dcl", "nt-xent"]
    jitters = [recipe["views"][0]["pipeline"][2] for recipe in recipes]
    assert [jitter["contrast"] for jitter in jitters] == [0.4, 0.8]
    assert jitters[0]["hue"] == jitters[1]["hue"] / 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--over", "objective.loss.temperature"], "not PATH=V1,V2"),
        (["--over", "objective.loss.temperature="], "not PATH=V1,V2"),
        (["--over", "objective.loss.temperature=0.1"], "two values or more"),
        (["--over", "objective.loss.heat=0.1,0.2"], "objective.loss.heat"),
        (["--over", "objective.loss.temperature=0.1,-3"], "temperature"),
        (["--over", "seed=1,2", "--over", "training.batch_size=8,16,32"], "2, 3"),
        (["--over", "training.batch_size=1,32"], "batch size 1: training.batch_size"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_is_trained(
    tmp_path, capsys, arguments, words
):
    assert swept(*arguments, "--out", tmp_path / "never") == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    lines = [line for line in captured.err.strip().splitlines() if "warning" not in line]
    assert len(lines) <= 3
    assert not (tmp_path / "never").exists()


def test_a_recipe_that_suggests_nothing_needs_a_field_to_vary(capsys):
    assert call("sweep", "simclr", *DIGITS) == 2
    assert "--over is missing" in capsys.readouterr().err


def test_a_run_that_fails_is_told_and_the_others_go_on(tmp_path, capsys, monkeypatch):
    honest, priced = NtXent.price, []

    def price(self, excess):
        priced.append(excess.requires_grad and not excess.is_meta)
        first = priced[-1] and sum(priced) == 1
        return excess * float("nan") if first else honest(self, excess)

    monkeypatch.setattr(NtXent, "price", price)
    assert swept("--over", TEMPERATURES, "--out", tmp_path / "s", "--json") == 1
    first, second, result = printed(capsys)
    assert "not a number" in first["message"]
    assert (first["outcome"], first["state"]) == ("failed", "diverged")
    assert (second["outcome"], result["outcome"]) == ("done", "failed")
    assert result["rows"] == [first, second]


def test_stopping_leaves_what_is_done_and_exits_with_130(tmp_path, capsys, monkeypatch):
    poll, polls = RunControl.poll, []

    def stopping(control):
        polls.append(control)
        if len(polls) == 6:  # within the second run
            control.stop()
        return poll(control)

    monkeypatch.setattr(RunControl, "poll", stopping)
    assert swept("--over", TEMPERATURES, "--out", tmp_path / "s", "--json") == 130
    *runs, result = printed(capsys)
    assert result["outcome"] == "stopped"
    assert runs[0]["outcome"] == "done"
    assert result["rows"] == runs


def test_every_run_may_begin_with_the_weights_of_another_one(tmp_path):
    assert call("train", "simclr", *DIGITS, "--out", tmp_path / "r") == 0
    assert swept("--over", TEMPERATURES, "--from", tmp_path / "r", "--out", tmp_path / "s") == 0
    for run in (tmp_path / "s").iterdir():
        assert json.loads((run / "env.json").read_text())["from"] == str(tmp_path / "r")


def test_what_only_building_refuses_is_refused_before_the_first_run_too(tmp_path, capsys):
    over = ["--over", "objective.permutations=20,30", "--out", tmp_path / "never"]
    assert call("sweep", "jigsaw", "--data", "shapes", "--steps", 1, *over) == 2
    captured = capsys.readouterr()
    assert "only 24" in captured.err
    assert captured.out == ""
    assert not (tmp_path / "never").exists()
