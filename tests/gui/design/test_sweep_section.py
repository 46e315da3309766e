import pytest
from PySide6.QtWidgets import QLabel

from sslstudio.domain.check import parts_of
from sslstudio.domain.sweep import Axis, Factor, trials_of, values_in
from sslstudio.gui.design.sweep_section import SweepSection
from sslstudio.gui.design.variations import variations
from tests.gui.support import unexplained

STRENGTH = Axis(paths=("views.0.pipeline.2.hue",), values=(Factor(0.5), Factor(1)), label="colours")


def by_title(found):
    return {one.title: one for one in found}


def test_a_parts_fields_are_offered_with_values_around_their_own(recipe_of):
    jitter = by_title(variations(recipe_of("infomin"), "views.0.pipeline.2", None))
    assert jitter["Hue"].text == "0.25, 0.5"
    assert jitter["Probability"].text == "0.4, 0.8, 1"
    assert "Kind" not in jitter
    crop = by_title(variations(recipe_of("infomin"), "views.0.pipeline.0", None))
    assert crop["Area"].text == "[0.2, 1], [0.4, 1], [0.8, 1]"
    assert crop["Region"].text == "anywhere, left, right, upper, lower"
    loss = by_title(variations(recipe_of("infomin"), "objective.loss", None))
    assert loss["Batch negatives"].text == "false, true"
    assert loss["Kind"].paths == ("objective.loss",)


def test_without_a_part_the_presets_suggestion_comes_first(recipe_of):
    found = variations(recipe_of("infomin"), "", STRENGTH)
    assert [one.title for one in found] == ["Colours", "Learning rate", "Batch", "Seed"]
    assert (found[0].text, found[0].paths, found[0].label) == (
        "×0.5, ×1",
        STRENGTH.paths,
        "colours",
    )
    assert found[-1].text == "0, 1, 2"
    assert variations(recipe_of("pca"), "", None)[-1].title == "Seed"


@pytest.mark.parametrize("preset", ["infomin", "dino", "bigan", "mae", "rotation", "deepcluster"])
def test_what_is_offered_can_be_trained_as_it_stands(recipe_of, catalog, preset):
    """Every list of values of every part makes recipes, unless it is left to the person."""
    recipe = recipe_of(preset)
    for path in ("", *(path for path, _part in parts_of(recipe))):
        for one in variations(recipe, path, None):
            values = values_in(one.text)
            if one.title != "Kind" and one.text:
                axis = Axis(paths=one.paths, values=values)
                assert len(trials_of(recipe, [axis], catalog.kinds)) == len(values), one


@pytest.fixture
def section(qtbot, catalog, theme, recipe_of):
    assert theme is not None
    shown = SweepSection(catalog.kinds)
    qtbot.addWidget(shown)
    shown.resize(264, 300)
    shown.show_part(recipe_of("infomin"), "", STRENGTH)
    shown.show()
    shown.heading.open()
    return shown


def test_a_press_asks_for_a_run_at_each_value(section, qtbot):
    assert section.train.text() == "Train 2 runs"
    assert "each, one after the other" in section.note.text()
    with qtbot.waitSignal(section.asked) as asked:
        section.train.click()
    assert asked.args == [STRENGTH]


def test_other_values_and_another_field_are_taken(section, qtbot):
    section.fields.setCurrentIndex(3)
    section.fields.activated.emit(3)
    assert section.values.text() == "0, 1, 2"
    section.values.setText("4, 5, 6, 7")
    assert section.train.text() == "Train 4 runs"
    with qtbot.waitSignal(section.asked) as asked:
        section.values.returnPressed.emit()
    assert asked.args == [Axis(paths=("seed",), values=(4, 5, 6, 7))]


@pytest.mark.parametrize(
    ("values", "words"),
    [("1", "two values or more"), ("", "two values or more"), ("1, -1", "seed"), ("x1, y", "seed")],
)
def test_what_cannot_be_trained_is_said_beside_it(section, values, words):
    section.fields.setCurrentIndex(3)
    section.values.setText(values)
    assert not section.train.isEnabled()
    assert words in section.note.text()
    assert section.note.property("role") == "alarm"


def test_a_value_that_makes_the_recipe_wrong_is_refused(section):
    section.fields.setCurrentIndex(2)
    section.values.setText("1, 64")
    assert not section.train.isEnabled()
    assert "batch size 1: A batch of one image" in section.note.text()


def test_a_reason_keeps_it_from_starting(section):
    section.block("The images are still being read.")
    assert not section.train.isEnabled()
    assert section.note.text() == "The images are still being read."
    section.block("")
    assert section.train.isEnabled()


def test_what_was_written_stays_while_the_part_stays(section, recipe_of):
    section.values.setText("x0.1, x3")
    section.show_part(recipe_of("infomin").model_copy(update={"seed": 5}), "", STRENGTH)
    assert section.values.text() == "x0.1, x3"
    assert section.heading.is_open
    section.show_part(recipe_of("infomin"), "objective.loss", None)
    assert section.fields.currentText() == "Temperature"
    assert not section.heading.is_open


def test_everything_is_explained(section):
    assert unexplained(section) == []
    assert all(label.text() for label in section.findChildren(QLabel))


def test_the_page_asks_for_it(page, qtbot):
    page.choose("objective.loss")
    varied = page.inspector.sweep
    assert varied.isVisible()
    varied.heading.open()
    varied.values.setText("0.1, 0.2")
    with qtbot.waitSignal(page.inspector.sweep_asked) as asked:
        varied.train.click()
    assert asked.args[0].paths == ("objective.loss.temperature",)
    page.block_start("Not yet.")
    assert not varied.train.isEnabled()
    page.choose("")
    assert page.inspector.overview.sweep.isVisible()
    assert not varied.isVisible()
