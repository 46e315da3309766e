"""Images of one's own in the window: a preset's batch follows their number, an edit stays."""

import pytest

from tests.services.datasets.files import save_noise

IMAGES = 60


@pytest.fixture
def folder(tmp_path):
    for number in range(IMAGES):
        save_noise(tmp_path / "few" / f"c{number % 2}" / f"{number * 7}x.png", number, (16, 16))
    return tmp_path / "few"


def test_an_unedited_preset_fits_the_images_that_are_opened_and_undo_brings_it_back(window, folder):
    document, studio = window.studio.document, window.studio
    window.settle()
    many = document.recipe
    assert many.training.batch_size == 128, "1,438 digits"
    assert "edited" not in studio.design.chips()
    studio.data.open_source(str(folder))
    window.settle()
    few = document.recipe
    assert few.data.source == str(folder)
    assert few.training.batch_size == 32
    assert not document.problems
    assert "edited" not in studio.design.chips()
    assert document.undo_label == "Other images"
    document.undo()
    window.settle()
    assert document.recipe == many
    assert studio.opened.images.name == "digits"
    assert document.redo_label == "Other images"
    document.redo()
    window.settle()
    assert document.recipe == few


def test_a_batch_that_somebody_chose_stays_when_other_images_are_opened(window, folder):
    document, studio = window.studio.document, window.studio
    window.settle()
    window.change("training.batch_size", 48)
    studio.data.open_source(str(folder))
    window.settle()
    assert document.recipe.data.source == str(folder)
    assert document.recipe.training.batch_size == 48
    studio.design.editing.use_preset("rotation")
    assert document.recipe.training.batch_size == 16
    document.undo()
    assert document.recipe.training.batch_size == 48
