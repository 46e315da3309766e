"""Recipes and runs that cannot be used leave the window and its library usable."""

import json
import shutil

import pytest

from sslstudio.cli.app import run
from sslstudio.services.presets import find_recipe

SMALL = [
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}', "--set", "data.size=12",
    "--set", "views.0.size=null", "--set", "training.batch_size=32",
    "--set", "training.precision=fp32",
]  # fmt: skip


def recipe_file(window, tmp_path, **changes):
    recipe = find_recipe("simclr", window.equipment.catalog, None, "cpu")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({**recipe.model_dump(mode="json"), **changes}))
    return file


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema_version": 9}, "newer sslstudio"),
        ({"seed": -4}, "seed"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_said_and_simclr_stands_instead(
    window, tmp_path, changes, words
):
    file = recipe_file(window, tmp_path, **changes)
    recipe = window.studio._first_recipe(str(file), None)
    assert recipe.preset == "simclr"
    said = window.frame.messages.text()
    assert words in said
    assert str(file) in said


def test_a_recipe_with_an_unknown_part_opens_with_a_problem_and_cannot_start(window, tmp_path):
    window.settle()
    recipe = window.studio._first_recipe(
        str(recipe_file(window, tmp_path, encoder={"kind": "from-the-future", "power": 9})), None
    )
    document = window.studio.document
    document.edit(recipe, "Open")
    assert any("from-the-future" in problem.text for problem in document.problems)
    assert document.recipe.model_dump(mode="json")["encoder"]["power"] == 9
    window.settle()
    window.frame.show_page("design")
    assert not window.studio.design.start.isEnabled()
    document.undo()
    window.wait(window.studio.design.start.isEnabled)


def test_a_part_that_cannot_be_built_is_told_on_the_canvas_in_the_words_of_check(window):
    window.make_small()
    document, design = window.studio.document, window.studio.design
    window.frame.show_page("design")
    window.wait(design.start.isEnabled)
    window.change("encoder", {"kind": "timm", "name": "resnet1"})
    window.wait(lambda: not design.start.isEnabled())
    (problem,) = [p for p in document.problems if p.severity == "error"]
    assert problem.path == "encoder.name"
    assert problem.text in design.start.toolTip()
    document.undo()
    window.wait(design.start.isEnabled)


@pytest.fixture
def library(window):
    """The window's library with a whole run, one without checkpoints and one of a newer build."""
    root = window.equipment.library.root
    asked = ["train", "simclr", "--data", "digits", "--steps", "2", *SMALL]
    assert run([*asked, "--out", str(root / "whole")], lambda _recipe, _data: 0) == 0
    for name in ("empty", "newer"):
        shutil.copytree(root / "whole", root / name)
    for file in (root / "empty" / "checkpoints").iterdir():
        file.unlink()
    recipe = json.loads((root / "newer" / "recipe.json").read_text())
    (root / "newer" / "recipe.json").write_text(json.dumps({**recipe, "schema_version": 9}))
    return window.equipment.library


def test_runs_without_a_checkpoint_or_of_a_newer_build_do_not_trouble_the_others(window, library):
    studio = window.studio
    assert {card.id for card in library.cards()} == {"whole", "empty", "newer"}
    for key in ("evaluate", "export"):
        window.frame.show_page(key)
        window.settle()
    assert [choice.run_id for choice in studio.evaluate._runs] == ["whole"]
    assert [choice.run_id for choice in studio.export._runs] == ["whole"]
    window.frame.show_page("explore")
    for name in ("empty", "newer"):
        studio.desk.open(name)
        window.settle()
        assert studio.explore.title() == "Explore"
    assert "newer sslstudio" in window.frame.messages.text()
    studio.desk.open("whole")
    window.wait(lambda: studio.explore.title() == "SimCLR on digits")


def test_a_damaged_checkpoint_is_said_on_the_page_that_needs_it(window, library):
    studio = window.studio
    studio.desk.open("whole")
    window.settle()
    window.frame.show_page("explore")
    window.wait(lambda: studio.explore.title() == "SimCLR on digits")
    window.settle()
    for checkpoint in (library.root / "whole" / "checkpoints").iterdir():
        checkpoint.write_bytes(b"bad")
    method = studio.explore.stage.bar.method
    method.setCurrentIndex(method.findText("PCA"))
    studio.explore.compute()
    window.settle()
    assert "is damaged" in studio.explore.stage.messages.text()
    assert studio.explore.stage.bar.compute.isEnabled()
    window.frame.show_page("evaluate")
    window.settle()
    studio.evaluate.inspector.run.click()
    window.settle()
    assert "is damaged" in studio.evaluate.messages.text()
    assert studio.evaluate.inspector.run.isEnabled()
