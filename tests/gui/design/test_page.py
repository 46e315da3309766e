from dataclasses import replace

from PySide6.QtCore import Qt

from sslstudio.domain.moves import placed
from sslstudio.domain.recipe import Budget
from sslstudio.domain.view_moves import unlinked
from sslstudio.gui.design.figure import MORE_VIEWS
from sslstudio.gui.design.source import Estimate
from tests.gui.design.known import OUTLINE, TIMING
from tests.gui.design.pointer import click, double_click, middle, pick


def card_values(page):
    return page.inspector.estimate._values


def notes(page):
    return [note.accessibleName() for note in page.inspector.overview.notes.notes]


def test_nothing_chosen_shows_preset_training_and_optimizer(page, document):
    overview = page.inspector.overview
    assert overview.isVisible()
    assert not page.inspector.part.isVisible()
    assert overview.preset.objectName() == "design.preset"
    assert overview.preset.currentText().startswith("SimCLR")
    assert overview.sections["training"].form.spec == document.recipe.training
    assert overview.sections["optimizer"].form.spec == document.recipe.optimizer


def test_a_chosen_pill_shows_its_words_and_its_form(page, document):
    click(page.canvas, middle(page.canvas, "views.0@A.2"))
    inspector = page.inspector
    assert inspector.title.text() == "Colour jitter"
    assert "colour" in inspector.summary.text()
    assert inspector.part.form.spec == document.recipe.views[0].pipeline[2]
    assert not inspector.part.kinds.isVisible()
    assert inspector.remove.isVisible()
    assert not inspector.copy.isVisible()


def test_an_edited_field_is_one_step_of_undo_however_far_a_slider_went(page, document):
    before = document.recipe
    page.choose("views.0.pipeline.2")
    for value in (0.5, 0.6, 0.7):
        page.inspector.part.form.editor("brightness").edited.emit(value)
    assert document.recipe.views[0].pipeline[2].brightness == 0.7
    assert document.undo_label == "Brightness of color jitter"
    document.undo()
    assert document.recipe == before
    assert page.inspector.part.form.spec == before.views[0].pipeline[2]


def test_the_same_slider_after_a_lull_is_another_step(qtbot, page, document):
    page.choose("views.0.pipeline.2")
    editor = page.inspector.part.form.editor("brightness")
    editor.edited.emit(0.5)
    once = document.recipe
    qtbot.waitUntil(lambda: not page.editing.in_gesture)
    editor.edited.emit(0.9)
    document.undo()
    assert document.recipe == once


def test_another_kind_keeps_the_choice_and_can_be_undone(page, document):
    before = document.recipe
    click(page.canvas, middle(page.canvas, "objective.loss"))
    kinds = page.inspector.part.kinds
    assert kinds.isVisible()
    pick(kinds, "vicreg")
    assert document.recipe.objective.loss.kind == "vicreg"
    assert page.inspector.path == "objective.loss"
    assert page.inspector.part.form.spec == document.recipe.objective.loss
    assert "objective.similarity" not in page.canvas.figure_scene.pieces
    document.undo()
    assert document.recipe == before
    assert kinds.currentText() == "NT-Xent"
    document.redo()
    assert document.recipe.objective.loss.kind == "vicreg"


def test_a_target_of_another_kind_changes_the_edges(page, document):
    click(page.canvas, middle(page.canvas, "objective.target"))
    pick(page.inspector.part.kinds, "momentum")
    assert document.recipe.objective.target.kind == "momentum"
    assert page.canvas.piece("stop").stop == "fixed"


def test_another_task_takes_the_parts_it_needs_from_a_preset(page, document):
    before = document.recipe
    task = page.inspector.overview.sections["objective"].kinds
    pick(task, "rotation")
    assert document.recipe.objective.kind == "rotation"
    pick(task, "joint-embedding")
    assert document.recipe.objective.kind == "joint-embedding"
    document.undo()
    document.undo()
    assert document.recipe == before


def test_a_preset_replaces_the_recipe_and_can_be_undone(page, document, recipe_of):
    before = document.recipe
    pick(page.inspector.overview.preset, "byol")
    assert document.recipe == recipe_of("byol")
    assert page.chips() == ["preset: BYOL"]
    assert document.undo_label == "Use BYOL"
    document.undo()
    assert document.recipe == before


def test_the_chip_says_edited_until_the_edit_is_undone(page, document):
    assert page.chips() == ["preset: SimCLR"]
    document.edit(placed(document.recipe, "training.batch_size", 64), "Batch")
    assert page.chips() == ["preset: SimCLR", "edited"]
    document.undo()
    assert page.chips() == ["preset: SimCLR"]


def test_a_fix_button_mends_what_the_note_says(page, document):
    document.edit(placed(document.recipe, "training.batch_size", 1), "Batch")
    form = page.inspector.overview.sections["training"].form
    before = document.recipe
    problem = document.problems[0]
    assert problem.severity == "error"
    form.fix_asked.emit(problem.fix)
    assert document.recipe.training.batch_size == 256
    document.undo()
    assert document.recipe == before


def test_the_fix_of_a_warning_on_the_canvas_is_in_the_overview_and_with_the_part(
    page, document, recipe_of
):
    document.load(recipe_of("simsiam"))
    click(page.canvas, middle(page.canvas, "stop"))
    assert page.inspector.path == "objective.target"
    assert "collapses" in page.inspector.part.notes.notes[0].accessibleName()
    page.choose("")
    assert any("collapses" in note for note in notes(page))
    action = page.inspector.overview.notes.notes[0]
    action.acted.emit()
    assert document.recipe == recipe_of("simsiam")
    assert notes(page) == []


def test_training_cannot_start_while_there_are_errors_and_says_why(qtbot, page, document):
    assert page.start.isEnabled()
    with qtbot.waitSignal(page.start_asked):
        page.start.click()
    document.edit(placed(document.recipe, "training.batch_size", 1), "Batch")
    assert not page.start.isEnabled()
    assert "batch of one" in page.start.toolTip()
    document.undo()
    assert page.start.isEnabled()
    page.block_start("Choose images on the Data page.")
    assert not page.start.isEnabled()
    assert "Data page" in page.start.toolTip()


def test_undo_and_redo_say_what_they_will_do(page, document):
    assert not page.undo.isEnabled()
    document.edit(placed(document.recipe, "training.batch_size", 64), "Batch of training")
    assert "Batch of training" in page.undo.toolTip()
    page.undo.click()
    assert not page.undo.isEnabled()
    assert "Batch of training" in page.redo.toolTip()
    page.redo.click()
    assert document.recipe.training.batch_size == 64


def test_the_header_is_told_of_every_change(qtbot, page, document):
    with qtbot.waitSignal(page.header_changed):
        document.edit(placed(document.recipe, "training.batch_size", 64), "Batch")


def test_an_operation_from_the_palette_goes_to_the_chosen_view(qtbot, page, document):
    document.load(unlinked(document.recipe))
    click(page.canvas, middle(page.canvas, "views.1@B"))
    pill = next(p for p in page.palette_row.pills if p.kind == "solarize")
    qtbot.keyClick(pill, Qt.Key.Key_Return)
    assert [part.kind for part in document.recipe.views[1].pipeline][-2:] == [
        "solarize",
        "normalise",
    ]
    assert page.inspector.path == "views.1.pipeline.4"
    assert "solarize" not in [part.kind for part in document.recipe.views[0].pipeline]


def test_buttons_of_the_inspector_copy_and_remove(page, document):
    document.load(unlinked(document.recipe))
    page.choose("views.0.pipeline.2")
    page.inspector.copy.click()
    assert [part.kind for part in document.recipe.views[1].pipeline].count("color-jitter") == 2
    page.inspector.remove.click()
    assert [part.kind for part in document.recipe.views[1].pipeline].count("color-jitter") == 1


def test_undo_of_an_insertion_leaves_nothing_chosen_that_is_not_there(qtbot, page, document):
    pill = next(p for p in page.palette_row.pills if p.kind == "solarize")
    qtbot.keyClick(pill, Qt.Key.Key_Return)
    assert page.inspector.title.text() == "Solarize"
    document.undo()
    assert page.inspector.path == ""
    assert page.inspector.overview.isVisible()


def test_a_double_click_gives_the_keyboard_to_the_form(page):
    double_click(page.canvas, middle(page.canvas, "views.0@A.2"))
    assert page.inspector.part.form.isAncestorOf(page.window().focusWidget())


def test_the_dry_run_is_shown_in_words(page):
    card = page.inspector.estimate
    page.set_estimate(Estimate(message="Measuring one batch"))
    assert card.message == "Measuring one batch"
    assert set(card.words.values()) == {"–"}
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING))
    assert card.words == {
        "Time": "9 min 40 s",
        "Memory": "1.4 GB",
        "Speed": "1,830 views/s",
        "Parameters": "11.5\N{NO-BREAK SPACE}M",
    }
    assert page.canvas.piece("encoder").block.milliseconds == 41.2


def test_parameters_and_shapes_are_shown_before_anything_is_timed(page):
    page.set_estimate(Estimate(outline=OUTLINE, message="Measuring one batch"))
    words = page.inspector.estimate.words
    assert words["Parameters"] == "11.5\N{NO-BREAK SPACE}M"
    assert words["Time"] == words["Speed"] == words["Memory"] == "–"
    assert page.canvas.piece("representation").block.title == "representation h · 512, kept"


def test_numbers_from_before_an_edit_are_never_shown_as_fresh(page):
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING))
    fresh = {name: label.property("role") for name, label in card_values(page).items()}
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING, stale=True, message="Again"))
    old = {name: label.property("role") for name, label in card_values(page).items()}
    assert {name for name in old if old[name] != fresh[name]} == {"Time", "Memory", "Speed"}
    assert page.canvas.piece("encoder").block.milliseconds is None
    assert page.inspector.estimate.message == "Again"


def with_budget(document, **budget):
    recipe = document.recipe
    training = recipe.training.model_copy(update={"budget": Budget(**budget)})
    document.edit(recipe.model_copy(update={"training": training}), "Budget")


def test_the_first_start_says_what_to_press_and_how_long_it_takes(page, document):
    assert not page.welcome.isVisible()
    page.welcome.show()
    assert page.welcome.words.text() == "Press Start: about a minute"
    with_budget(document, unit="minutes", amount=5.0)
    assert page.welcome.words.text() == "Press Start: 5 min 0 s"
    with_budget(document, unit="steps", amount=400)
    assert page.welcome.words.text() == "Press Start"
    page.set_estimate(Estimate(outline=OUTLINE, timing=replace(TIMING, seconds=62)))
    assert page.welcome.words.text() == (
        "Press Start: about a minute, at 1,830 views a second on this machine"
    )
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING))
    assert page.welcome.words.text().startswith("Press Start: 9 min 40 s")
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING, stale=True))
    assert page.welcome.words.text() == "Press Start"


class TestViews:
    def test_a_view_is_added_on_the_canvas_and_removed_by_delete(self, qtbot, page, document):
        before = document.recipe
        click(page.canvas, middle(page.canvas, MORE_VIEWS))
        assert len(document.recipe.views) == 2
        assert page.inspector.path == "views.1"
        assert page.inspector.title.text() == "View C"
        qtbot.keyClick(page.canvas, Qt.Key.Key_Delete)
        assert document.recipe == before
        document.undo()
        assert len(document.recipe.views) == 2
        document.undo()
        assert document.recipe == before

    def test_the_button_removes_it_too_and_the_only_view_has_none(self, page, document):
        page.choose("views.0")
        assert not page.inspector.remove.isVisible()
        click(page.canvas, middle(page.canvas, MORE_VIEWS))
        page.inspector.remove.click()
        assert len(document.recipe.views) == 1

    def test_a_view_becomes_local_in_its_form_and_the_canvas_says_so(self, page, document):
        click(page.canvas, middle(page.canvas, MORE_VIEWS))
        form = page.inspector.part.form
        form.editor("local").edited.emit(True)
        page.inspector.part.form.editor("copies").edited.emit(6)
        assert document.recipe.views[1].local
        titles = [card.title for card in page.canvas._drawn[0].cards]
        assert titles == ["Local views C-H", "Global views A, B"]
        assert "only ask" in page.inspector.summary.text()
