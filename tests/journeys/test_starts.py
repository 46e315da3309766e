"""The first start of the window, and the next one."""

import pytest

from tests.journeys.conftest import Window


@pytest.fixture
def start(qtbot, qapp, tmp_path):
    windows = []

    def begin(asked=(None, None)):
        windows.append(Window(qtbot, qapp, tmp_path, asked))
        return windows[-1]

    yield begin
    for window in windows:
        window.frame.close()
        assert window.jobs.shutdown(60)


def end(window):
    window.settle()
    window.frame.close()


def test_the_first_start_has_images_a_recipe_and_one_line_that_says_what_to_do(start):
    window = start()
    studio = window.studio
    assert window.frame.current_page() == "design"
    assert studio.document.recipe.preset == "simclr"
    assert studio.document.recipe.data.source == "shapes"
    assert studio.design.welcome.isVisible()
    assert studio.design.welcome.words.text().startswith("Press Start: about a minute")
    budget = studio.document.recipe.training.budget
    assert (budget.unit, budget.amount) == ("minutes", 1.0)
    window.wait(lambda: studio.opened.images is not None)
    window.wait(studio.design.start.isEnabled)
    window.wait(lambda: not studio.estimator.estimate().message.startswith("Measur"))
    assert studio.estimator.estimate().message == ""
    assert "views a second on this machine" in studio.design.welcome.words.text()


def test_after_the_first_run_the_line_is_gone_and_the_next_start_opens_where_one_left(start):
    window = start(("simclr", "digits"))
    window.make_small()
    window.wait(window.studio.design.start.isEnabled)
    assert window.studio.design.welcome.isVisible()
    window.studio.design.start.click()
    window.wait(lambda: window.studio.training.folder is not None)
    window.wait(lambda: not window.studio.training.busy)
    window.change("training.batch_size", 32)
    recipe, run = window.studio.document.recipe, window.studio.training.folder.id
    window.frame.show_page("design")
    assert not window.studio.design.welcome.isVisible()
    end(window)
    again = start()
    assert again.frame.current_page() == "design"
    assert again.studio.document.recipe == recipe
    assert not again.studio.design.welcome.isVisible()
    again.wait(lambda: again.studio.opened.images is not None)
    assert again.studio.opened.images.name == "digits"
    again.wait(lambda: again.studio.desk.shown_run == run)
    assert again.frame.current_page() == "design"
    assert again.studio.frame.messages.isHidden()
