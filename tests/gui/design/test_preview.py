import itertools

from PySide6.QtCore import Qt

from sslstudio.domain.moves import placed


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
