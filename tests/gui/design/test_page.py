import pytest
from PySide6.QtCore import Qt

from sslstudio.domain.moves import placed, unlinked
from sslstudio.gui.design.source import Estimate
from tests.gui.design.pointer import click, double_click, middle


def pick(chooser, value):
    """Choose from a list as the arrow keys and Enter would."""
    chooser.setCurrentIndex(chooser.values.index(value))
    chooser.activated.emit(chooser.currentIndex())


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
    qtbot.waitUntil(lambda: not page._lull.isActive())
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
    page.set_estimate(None, "measuring…")
    assert "measuring…" in [label.text() for label in card.findChildren(type(card._words))]
    page.set_estimate(
        Estimate(
            seconds=580,
            memory_bytes=1_400_000_000,
            views_per_second=1830,
            parameters=11_500_000,
            milliseconds={"encoder": 41.2},
        )
    )
    texts = {name: label.text() for name, label in card._values.items()}
    assert texts == {
        "Time": "9 min 40 s",
        "Memory": "1.4 GB",
        "Speed": "1,830 views/s",
        "Parameters": "11.5\N{NO-BREAK SPACE}M",
    }
    assert page.canvas.piece("encoder").block.milliseconds == 41.2


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_another_theme_repaints_the_canvas(page, theme, mode):
    theme.set_mode(mode)
    assert page.canvas.figure_scene.tokens.name == mode
    assert page.canvas.backgroundBrush().color().name().upper() == theme.tokens.stage


class TestPreview:
    def test_it_shows_images_and_views_in_columns(self, page, source):
        assert page.preview.strip.words == ["image", "view A", "view B"]
        _recipe, _seed, count = source.asked[-1]
        assert count == 10
        assert page.preview._count.text() == "10 of 50,000"

    def test_r_draws_again(self, qtbot, page, source):
        seed = source.asked[-1][1]
        again = next(action for action in page.actions_offered() if action.shortcut == "R")
        with qtbot.waitSignal(page.preview.drawn):
            again.run()
        assert source.asked[-1][1] == seed + 1

    def test_a_setting_keeps_the_seed(self, qtbot, page, source, document):
        seed = source.asked[-1][1]
        page.choose("views.0.pipeline.2")
        with qtbot.waitSignal(page.preview.drawn):
            page.inspector.part.form.editor("brightness").edited.emit(0.9)
        assert source.asked[-1][0] == document.recipe
        assert source.asked[-1][1] == seed

    def test_another_operation_draws_anew_unless_the_pointer_rests_on_the_pictures(
        self, qtbot, page, source, document
    ):
        seed = source.asked[-1][1]
        page.choose("views.0.pipeline.2")
        with qtbot.waitSignal(page.preview.drawn):
            page.inspector.remove.click()
        assert source.asked[-1][1] == seed + 1
        page.preview.strip.hovered.emit(3)
        with qtbot.waitSignal(page.preview.drawn):
            document.undo()
        assert source.asked[-1][1] == seed + 1

    def test_what_does_not_change_the_views_is_not_drawn(self, page, source, document):
        asked = len(source.asked)
        document.edit(placed(document.recipe, "training.batch_size", 64), "Batch")
        assert not page.preview.is_busy
        assert len(source.asked) == asked

    def test_a_fast_slider_is_drawn_once(self, qtbot, page, source):
        asked = len(source.asked)
        page.choose("views.0.pipeline.2")
        with qtbot.waitSignal(page.preview.drawn):
            for value in (0.5, 0.6, 0.7):
                page.inspector.part.form.editor("brightness").edited.emit(value)
        assert [r.views[0].pipeline[2].brightness for r, _s, _c in source.asked[asked:]] == [0.7]

    def test_step_through_names_every_operation(self, qtbot, page):
        with qtbot.waitSignal(page.preview.drawn):
            page.preview.stepping.click()
        assert page.preview.strip.captions == [
            *("image", "crop", "flip", "jitter", "grayscale", "normalise"),
        ]
        with qtbot.waitSignal(page.preview.drawn):
            page.preview.stepping.click()
        assert page.preview.strip.words == ["image", "view A", "view B"]

    def test_a_click_on_a_column_steps_through_that_image(self, qtbot, page):
        with qtbot.waitSignal(page.preview.drawn):
            page.preview.strip.picked.emit(4)
        assert page.preview.stepping.isChecked()
        assert page.preview._count.text() == "image 5"

    def test_what_cannot_be_drawn_is_said_in_words(self, qtbot, page, source):
        source.failure = "No images are open."
        page.preview.draw_again()
        qtbot.waitUntil(lambda: not page.preview.is_busy)
        assert page.preview._words.text() == "No images are open."
        assert page.preview.strip.words == []
