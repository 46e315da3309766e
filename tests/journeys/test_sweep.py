"""Several values of one field in the real window: one run after the other, then compared."""

import pytest

from sslstudio.domain.errors import RecipeError
from sslstudio.gui.studio import training_controller
from sslstudio.services.runs.sweep_place import place_of
from tests.journeys.conftest import Window

STEPS = 6


@pytest.fixture
def small(window: Window):
    window.make_small()
    window.change("training.budget", {"unit": "steps", "amount": STEPS})
    window.frame.show_page("design")
    window.wait(window.studio.design.start.isEnabled)
    return window


def ask(window, values):
    """Write values of the temperature and press the button."""
    window.studio.design.choose("objective.loss")
    varied = window.studio.design.inspector.sweep
    varied.heading.open()
    varied.values.setText(values)
    window.wait(varied.train.isEnabled)
    varied.train.click()


def ended(window):
    studio = window.studio
    return not studio.training.busy and not studio.sweeping.waiting and not window.jobs.running


def cards(window):
    """Return the library's runs, the oldest first."""
    found = [card for card in window.equipment.library.cards() if card.sweep is not None]
    return sorted(found, key=lambda card: card.sweep.position)


def test_a_run_is_trained_at_each_value_and_evaluate_compares_them(small):
    studio = small.studio
    ask(small, "0.1, 0.5")
    small.wait(lambda: studio.training.state == "training")
    assert "run 1 of 2" in studio.train.chips()
    small.wait(lambda: len(cards(small)) == 2 and ended(small))
    first, second = cards(small)
    assert [card.state for card in (first, second)] == ["done", "done"]
    assert [card.sweep.value for card in (first, second)] == [0.1, 0.5]
    assert [card.name for card in (first, second)] == [
        "temperature 0.1, SimCLR · digits",
        "temperature 0.5, SimCLR · digits",
    ]
    folders = [small.equipment.library.find(card.id) for card in (first, second)]
    recipes = [folder.recipe(small.equipment.catalog) for folder in folders]
    assert [recipe.objective.loss.temperature for recipe in recipes] == [0.1, 0.5]
    assert folders[0].environment()["compute"] == folders[1].environment()["compute"]
    assert studio.document.recipe.name == "SimCLR"
    small.frame.show_page("evaluate")
    small.settle()
    studio.evaluate.tick({first.id, second.id})
    assert studio.evaluate.sweep.isVisible()
    assert [dot.words for dot in studio.evaluate.sweep.plots[0].plot.dots] == ["0.1", "0.5"]


def test_stopping_one_gives_up_the_rest_and_an_ordinary_run_is_no_part_of_it(small):
    studio = small.studio
    small.change("training.budget", {"unit": "steps", "amount": 5000})
    ask(small, "0.1, 0.5, 1")
    small.wait(lambda: studio.training.state == "training")
    assert studio.sweeping.waiting == 2
    studio.train.inspector.controls.buttons["stop"].click()
    small.wait(lambda: ended(small))
    (card,) = cards(small)
    assert card.state == "stopped"
    small.change("training.budget", {"unit": "steps", "amount": 1})
    small.frame.show_page("design")
    small.wait(studio.design.start.isEnabled)
    studio.design.start.click()
    small.wait(lambda: len(small.equipment.library.cards()) == 2 and ended(small))
    assert place_of(studio.training.folder) is None
    assert len(cards(small)) == 1


def test_a_run_that_cannot_begin_does_not_keep_the_next_one(small, monkeypatch):
    begin = training_controller.begin

    def begun(recipe, *rest):
        if recipe.objective.loss.temperature == 0.1:
            raise RecipeError("This cannot be built.")
        return begin(recipe, *rest)

    monkeypatch.setattr(training_controller, "begin", begun)
    ask(small, "0.1, 0.5")
    small.wait(lambda: len(cards(small)) == 1 and ended(small))
    (card,) = cards(small)
    assert (card.sweep.position, card.sweep.count, card.state) == (2, 2, "done")
