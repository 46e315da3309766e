import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from sslstudio.domain.moves import placed
from sslstudio.gui.design.preset_card import PresetCardView, PublishedTable
from sslstudio.gui.design.source import Estimate, PresetCard, PublishedRow
from tests.gui.design.known import OUTLINE
from tests.gui.design.pointer import click, middle, pick


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
        layers.buttons["encoder"].click()
        assert document.recipe.representation.layers == ("stage2",)
        assert page.canvas.piece("representation").block.title == "stage2, pooled · 128, kept"
        assert document.undo_label == "Layer of representation"
        while document.undo_label:
            document.undo()
        assert document.recipe == before
        assert layers.buttons["encoder"].isChecked()

    def test_several_layers_are_kept_side_by_side(self, page, document, layers):
        assert not layers.pooling.isVisible()
        layers.buttons["stage1"].click()
        assert document.recipe.representation.layers == ("encoder", "stage1")
        assert page.canvas.piece("representation").block.title == "h + stage1 · 576, kept"
        assert layers.buttons["encoder"].isChecked()
        assert layers.buttons["stage1"].isChecked()
        assert layers.pooling.isVisible()
        layers.pooling.edited.emit("both")
        assert document.recipe.representation.pooling == "both"
        assert page.canvas.piece("representation").block.title == "h + stage1 · 640, kept"

    def test_one_layer_at_least_is_kept(self, document, layers):
        before = document.recipe
        layers.buttons["encoder"].click()
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
        assert len(self.titles(page)) == len(document.recipe.monitors)
        row = page.inspector.overview.monitors.rows[0]
        assert row.text() == "Feature spread"
        assert row.words.startswith("Standard deviation")

    def test_one_is_removed_and_added_again_undoable(self, page, document):
        before = document.recipe
        section = page.inspector.overview.monitors
        assert before.monitors[1].kind == "effective-rank"
        assert "effective-rank" not in section.add.values, "one of a kind is enough"
        section.remove_asked.emit("monitors.1")
        assert "effective-rank" not in [m.kind for m in document.recipe.monitors]
        assert document.undo_label == "Remove Effective rank"
        assert "effective-rank" in section.add.values
        pick(section.add, "effective-rank")
        assert document.recipe.monitors[-1].kind == "effective-rank"
        document.undo()
        document.undo()
        assert document.recipe == before

    def test_a_monitor_opens_with_its_words_and_can_be_removed_there(self, page, document):
        kinds = [m.kind for m in document.recipe.monitors]
        page.inspector.overview.monitors.rows[kinds.index("knn")].click()
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
        for typed, expected, other in (
            ("byo", "byol", "npid"),
            ("arXiv:1805.01978", "npid", "byol"),
        ):
            finder.field.clear()
            qtbot.keyClicks(finder.field, typed)
            assert expected in finder.shown_values()
            assert other not in finder.shown_values()
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
        view.show()
        rows = tuple(PublishedRow(f"measure {n}", f"{n} %", "Grill et al. 2020") for n in range(6))
        card = PresetCard(id="x", title="X", equation="a = b", expect="It learns.", published=rows)
        view.show_card(card)
        QApplication.processEvents()
        assert "a = b" in view.words
        assert "It learns." in view.words
        texts = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
        assert texts[texts.index("Published results") + 1 :] == [
            *("Grill et al. 2020", "measure 0", "0 %", "measure 1", "1 %"),
            *("measure 2", "2 %", "measure 3", "3 %"),
        ]
        view.findChild(PublishedTable)._more.open()
        QApplication.processEvents()
        assert "5 %" in [label.text() for label in view.findChildren(QLabel) if label.isVisible()]


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

    def test_the_network_inside_an_encoder_is_opened_and_exchanged(self, page, document, recipe_of):
        document.load(recipe_of("cmc"))
        page.choose("encoder")
        (row,) = page.inspector.slots_list.rows
        assert row.text() == "Stream"
        row.click()
        assert page.inspector.path == "encoder.stream"
        page.inspector.kind_asked.emit("encoder.stream", "resnet")
        assert document.recipe.encoder.stream.kind == "resnet"
        page.inspector.part.form.editor("depth").edited.emit("34")
        assert document.recipe.encoder.stream.depth == "34"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_another_theme_repaints_the_canvas(page, theme, mode):
    theme.set_mode(mode)
    assert page.canvas.figure_scene.tokens.name == mode
    assert page.canvas.backgroundBrush().color().name().upper() == theme.tokens.stage
