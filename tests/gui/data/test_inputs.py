"""Images of every kind on the Data page: shown, or refused in a sentence with the page usable."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from sslstudio.services.datasets import archive
from tests.support.inputs import (
    LARGEST_HONEST_ZIP,
    READABLE,
    REFUSED,
    UNREADABLE,
    every_kind_of_picture,
)

LEFT = Qt.MouseButton.LeftButton


def type_source(qtbot, page, place):
    """Write a path into the field and press enter, as a person does."""
    field = page.bar.source.lineEdit()
    field.selectAll()
    qtbot.keyClicks(field, str(place))
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_pictures_of_every_kind_are_shown_with_what_was_left_out(page, qtbot, settle, tmp_path):
    type_source(qtbot, page, every_kind_of_picture(tmp_path / "mixed"))
    settle()
    assert not page.banner.isVisible()
    assert page.inspector.facts.values["Images"].text() == str(READABLE)
    notes = " ".join(label.text() for label in page.inspector.notes.findChildren(QLabel))
    assert "1 image is 16-bit: scaled from the 0.5 to the 99.5 percentile (" in notes
    buttons = [b for b in page.findChildren(QPushButton) if "could not be read" in b.text()]
    assert [button.text() for button in buttons] == [f"{UNREADABLE} files could not be read"]
    images = page.images()
    for position in range(READABLE):
        row = int(page.grid.indices()[position])
        qtbot.mouseClick(page.grid.viewport(), LEFT, pos=page.grid._cell(position).center())
        settle()
        width, height = images.original_sizes[row]
        words = page.inspector.comparison._sizes[0].text()
        assert words == f"{width} \u00d7 {height} px", images.paths[row]
        assert not page.inspector.comparison.before.pixmap().isNull()
    turned = images.original_sizes[images.paths.index("turned.jpg")]
    assert turned.tolist() == [48, 64]
    assert not page.banner.isVisible()


def test_one_class_only_is_a_class(page, qtbot, settle, tmp_path):
    from tests.services.datasets.files import class_folders

    type_source(qtbot, page, class_folders(tmp_path / "s", {"cat": 6}))
    settle()
    assert page.inspector.facts.values["Classes"].text() == "1"
    assert page.images().class_names == ("cat",)


@pytest.mark.parametrize(("name", "make", "words"), REFUSED)
def test_what_is_no_set_of_images_is_refused_and_the_open_ones_stay(
    opened, qtbot, settle, tmp_path, monkeypatch, name, make, words
):
    monkeypatch.setattr(archive, "RATIO_COUNTS_FROM", LARGEST_HONEST_ZIP)
    before = opened.images()
    make(tmp_path / name)
    type_source(qtbot, opened, tmp_path / name)
    settle()
    assert opened.banner.isVisible()
    assert words in opened.banner.accessibleName()
    assert str(tmp_path / name) in opened.banner.accessibleName()
    assert opened.images() is before
    assert opened.grid.isVisible()
    again = opened.data().model_copy(update={"size": 16})
    opened.open(again)
    settle()
    assert not opened.banner.isVisible()
    assert opened.images().images.shape[-1] == 16


def test_a_full_disk_and_too_little_memory_are_said(opened, settle, monkeypatch):
    before = opened.images()
    free = type("Usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: free)
    opened.open(opened.data().model_copy(update={"size": 24}))
    settle()
    assert "is full" in opened.banner.accessibleName()
    assert opened.images() is before
    monkeypatch.undo()

    def too_much(*_arguments, **_options):
        raise MemoryError

    monkeypatch.setattr("sslstudio.gui.data.reading.open_images", too_much)
    opened.open(opened.data().model_copy(update={"size": 28}))
    settle()
    assert "There is not enough memory" in opened.banner.accessibleName()
    assert np.array_equal(opened.images().images, before.images)
