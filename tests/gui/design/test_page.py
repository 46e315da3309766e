import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from sslstudio.domain.moves import placed
from sslstudio.domain.view_moves import unlinked
from sslstudio.gui.design.figure import MORE_VIEWS
from sslstudio.gui.design.layers import Layer
from sslstudio.gui.design.preset_card import PresetCardView
from sslstudio.gui.design.source import Estimate, Outline, PresetCard, PublishedRow, Timing
from tests.gui.design.pointer import click, double_click, middle

TIMING = Timing(
    seconds=580,
    memory_bytes=1_400_000_000,
    views_per_second=1830,
    milliseconds={"encoder": 41.2},
)
OUTLINE = Outline(
    parameters=11_500_000,
    shapes={"encoder": "512"},
    layers=(
        Layer(name="stage1", width=64, map_words="16 × 16"),
        Layer(name="stage2", width=128, map_words="8 × 8"),
        Layer(name="encoder", width=512),
    ),
)


def card_values(page):
    return page.inspector.estimate._values


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


def test_the_first_start_says_what_to_press_and_how_long_it_takes(page):
    assert not page.welcome.isVisible()
    page.welcome.show()
    assert page.welcome.words.text() == "Press Start: about a minute"
    page.set_estimate(Estimate(outline=OUTLINE, timing=replace(TIMING, seconds=62)))
    assert page.welcome.words.text() == (
        "Press Start: about a minute, at 1,830 views a second on this machine"
    )
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING))
    assert page.welcome.words.text().startswith("Press Start: 9 min 40 s")
    page.set_estimate(Estimate(outline=OUTLINE, timing=TIMING, stale=True))
    assert page.welcome.words.text() == "Press Start: about a minute"


class TestLayers:
    @pytest.fixture
    def layers(self, page):
        page.set_estimate(Estimate(outline=OUTLINE))
        click(page.canvas, middle(page.canvas, "representation"))
        return page.inspector.layers

    def test_every_layer_of_the_encoder_is_a_choice_with_its_width_and_meaning(self, layers):
        titles = [button.text() for button in layers.buttons.values()]
        assert titles == ["Output h · 512 numbers", "Stage1 · 64 numbers", "Stage2 · 128 numbers"]
        assert layers.buttons["encoder"].isChecked()
        meaning = layers.buttons["stage1"].toolTip()
        assert "16 × 16 places" in meaning
        assert meaning != layers.buttons["stage2"].toolTip()

    def test_another_layer_is_kept_by_a_click_and_undone(self, page, document, layers):
        before = document.recipe
        layers.buttons["stage2"].click()
        assert document.recipe.representation.layer == "stage2"
        assert page.canvas.piece("representation").block.title == "stage2, pooled · 128, kept"
        assert document.undo_label == "Layer of representation"
        document.undo()
        assert document.recipe == before
        assert layers.buttons["encoder"].isChecked()

    def test_a_layer_that_the_encoder_lacks_keeps_training_from_starting(self, page, document):
        document.edit(placed(document.recipe, "representation.layer", "stage9"), "Layer")
        assert page.start.isEnabled(), "nothing is known of the encoder yet"
        page.set_estimate(Estimate(outline=OUTLINE))
        assert not page.start.isEnabled()
        assert "no layer 'stage9'" in page.start.toolTip()
        page.choose("representation")
        page.inspector.notes.notes[0].acted.emit()
        assert document.recipe.representation.layer == "encoder"
        assert page.start.isEnabled()


class TestMonitors:
    def titles(self, page):
        return [row.text() for row in page.inspector.overview.monitors.rows]

    def test_the_recipes_monitors_are_listed_with_what_they_say(self, page, document):
        assert len(self.titles(page)) == len(document.recipe.monitors) == 5
        row = page.inspector.overview.monitors.rows[0]
        assert row.text() == "Feature spread"
        assert row.words.startswith("Standard deviation")

    def test_one_is_removed_and_added_again_undoable(self, page, document):
        before = document.recipe
        section = page.inspector.overview.monitors
        assert not section.add.isVisible(), "all that this build has are there"
        section.remove_asked.emit("monitors.1")
        assert "effective-rank" not in [m.kind for m in document.recipe.monitors]
        assert document.undo_label == "Remove Effective rank"
        assert section.add.values == ["effective-rank"]
        pick(section.add, "effective-rank")
        assert document.recipe.monitors[-1].kind == "effective-rank"
        document.undo()
        document.undo()
        assert document.recipe == before

    def test_a_monitor_opens_with_its_words_and_can_be_removed_there(self, page, document):
        page.inspector.overview.monitors.rows[4].click()
        assert page.inspector.title.text() == "kNN accuracy"
        assert "Wu et al." in page.inspector.citation.text()
        page.inspector.remove.click()
        assert "knn" not in [m.kind for m in document.recipe.monitors]


class TestPresetChooser:
    @pytest.fixture
    def finder(self, page):
        page.inspector.overview.preset.showPopup()
        return page.inspector.overview.preset.finder

    def test_presets_stand_under_their_families_with_the_present_one_marked(self, page, finder):
        presets = {preset.id: preset for preset in page._source.presets()}
        listed = finder.shown_values()
        assert sorted(listed) == sorted(presets)
        families = [presets[name].family for name in listed]
        assert len(list(itertools.groupby(families))) == len(set(families))
        assert finder.list.model().find_at(finder.list.currentIndex()).value == "simclr"

    def test_one_is_found_by_name_by_family_or_else_by_its_words(self, qtbot, finder):
        for typed, expected in (("byo", ["byol"]), ("arXiv:1805", ["npid"])):
            finder.field.clear()
            qtbot.keyClicks(finder.field, typed)
            assert finder.shown_values() == expected
        finder.field.clear()
        qtbot.keyClicks(finder.field, "clustering")
        assert "deepcluster-v2" in finder.shown_values()
        finder.field.clear()
        qtbot.keyClicks(finder.field, "xyzzy")
        assert finder.shown_values() == []

    def test_the_marked_one_is_explained_and_enter_uses_it(self, qtbot, page, document, finder):
        qtbot.keyClicks(finder.field, "byol")
        card = page.inspector.overview.preset.card
        assert "momentum" in card.words or "moving average" in card.words
        qtbot.keyClick(finder.field, Qt.Key.Key_Return)
        assert document.recipe.preset == "byol"
        assert not finder.isVisible()
        assert page.inspector.overview.preset.currentText() == "BYOL"

    def test_escape_changes_nothing(self, qtbot, document, finder):
        before = document.recipe
        qtbot.keyClick(finder.field, Qt.Key.Key_Down)
        qtbot.keyClick(finder.field, Qt.Key.Key_Escape)
        assert document.recipe == before
        assert not finder.isVisible()

    def test_equation_expectation_and_published_results_stand_on_the_card(self, qtbot):
        view = PresetCardView(folded=False)
        qtbot.addWidget(view)
        rows = (PublishedRow("ImageNet, linear, top-1", "74.3 %", "Grill et al. 2020, table 1a"),)
        card = PresetCard(id="x", title="X", equation="a = b", expect="It learns.", published=rows)
        view.show_card(card)
        assert "a = b" in view.words
        assert "It learns." in view.words
        texts = [label.text() for label in view.findChildren(QLabel) if label.toolTip()]
        assert texts == ["ImageNet, linear, top-1", "74.3 %"]


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


class TestNestedParts:
    @pytest.fixture
    def task(self, page, document, recipe_of):
        document.load(recipe_of("denoising-autoencoder"))
        return page

    def test_operations_of_the_objective_are_pills_that_open_their_form(self, task, document):
        click(task.canvas, middle(task.canvas, "objective.corruption.0"))
        assert task.inspector.part.form.spec == document.recipe.objective.corruption[0]
        before = document.recipe
        task.inspector.remove.click()
        assert len(document.recipe.objective.corruption) == 1
        document.undo()
        assert document.recipe == before

    def test_one_from_the_palette_goes_into_the_chosen_pipeline(self, qtbot, task, document):
        click(task.canvas, middle(task.canvas, "objective.corruption.0"))
        pill = next(p for p in task.palette_row.pills if p.kind == "gaussian-blur")
        qtbot.keyClick(pill, Qt.Key.Key_Return)
        assert document.recipe.objective.corruption[-1].kind == "gaussian-blur"

    def test_the_card_of_a_pipeline_lists_and_adds_operations(self, task, document):
        task.choose("objective.corruption")
        row = task.inspector.row
        assert row.isVisible()
        assert len(row.rows) == 2
        pick(row.add, "solarize")
        assert document.recipe.objective.corruption[-1].kind == "solarize"

    def test_parts_without_a_block_are_listed_with_the_task(self, page, document, recipe_of):
        document.load(recipe_of("byol"))
        listed = page.inspector.overview.slots_list
        assert [row.text() for row in listed.rows] == ["Similarity"]
        listed.rows[0].click()
        assert page.inspector.path == "objective.similarity"


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

    def test_views_of_several_sizes_are_rows_that_scroll(self, qtbot, page, source, document):
        view = document.recipe.views[0]
        small = view.model_copy(update={"copies": 6, "size": 16, "local": True})
        source.sides = dict.fromkeys(range(2, 8), 2)
        with qtbot.waitSignal(page.preview.drawn):
            document.edit(placed(document.recipe, "views", (view, small)), "Multi-crop")
        strip = page.preview.strip
        assert strip.words == ["image", "view A", "view B", *(f"{n} · 2 px" for n in "CDEFGH")]
        places = strip.picture_places()
        assert places[3][0].width() < places[1][0].width()
        rows = [row[0] for row in places]
        assert all(a.bottom() <= b.top() for a, b in itertools.pairwise(rows))
        assert rows[-1].bottom() <= strip.minimumHeight() + 1
        assert strip.minimumHeight() > page.preview.height()

    def test_twenty_views_are_twenty_rows(self, qtbot, page, document):
        with qtbot.waitSignal(page.preview.drawn):
            document.edit(placed(document.recipe, "views.0.copies", 20), "Copies")
        assert len(page.preview.strip.words) == 21
        assert page.preview.strip.words[-1] == "view T"

    def test_what_the_encoder_receives_is_shown_below_the_views(self, qtbot, page, source):
        source.captions = ("Tiles",)
        page.preview.draw_again()
        qtbot.waitUntil(lambda: not page.preview.is_busy)
        assert page.preview.strip.words == ["image", "view A", "view B", "encoder: tiles"]
        source.captions = ()
        page.preview.draw_again()
        qtbot.waitUntil(lambda: not page.preview.is_busy)
        assert page.preview.strip.words == ["image", "view A", "view B"]

    def test_another_setting_of_the_task_draws_that_anew_and_not_the_views(
        self, qtbot, page, source, document
    ):
        asked, further = len(source.asked), len(source.further)
        document.edit(placed(document.recipe, "objective.loss.temperature", 0.5), "Temperature")
        qtbot.waitUntil(lambda: not page.preview.is_busy)
        assert len(source.asked) == asked
        assert source.further[further:] == [document.recipe.objective]

    def test_the_keyboard_walks_over_the_images_and_steps_through_one(self, qtbot, page):
        strip = page.preview.strip
        strip.setFocus()
        for _ in range(3):
            qtbot.keyClick(strip, Qt.Key.Key_Right)
        with qtbot.waitSignal(page.preview.drawn):
            qtbot.keyClick(strip, Qt.Key.Key_Return)
        assert page.preview._count.text() == "image 3"

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
