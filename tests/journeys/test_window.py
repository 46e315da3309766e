"""The whole way through the real window: design, train, watch, map, search, score, export."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from sslstudio.domain.events import Finished
from sslstudio.gui.gallery import ThumbnailGrid
from tests.gui.support import doubled_shortcuts, unexplained

OBJECTS = (
    "workspace.data", "workspace.design", "workspace.train", "workspace.explore",
    "workspace.evaluate", "workspace.export", "data.source", "design.canvas", "design.palette",
    "design.preview", "design.preset", "train.start", "train.pause", "train.resume", "train.stop",
    "train.verdict", "train.loss", "train.monitors", "explore.map", "explore.method",
    "explore.compute", "explore.gallery", "explore.neighbours", "evaluate.run", "evaluate.table",
    "export.format", "export.run", "library.runs",
)  # fmt: skip


def find(window, name):
    widget = window.frame.findChild(QWidget, name)
    assert widget is not None, name
    return widget


def click(window, name):
    window.qtbot.mouseClick(find(window, name), Qt.MouseButton.LeftButton)


def train_to_the_end(window):
    window.make_small()
    window.frame.show_page("design")
    window.wait(window.studio.design.start.isEnabled)
    window.qtbot.mouseClick(window.studio.design.start, Qt.MouseButton.LeftButton)
    assert window.frame.current_page() == "train"
    window.wait(lambda: window.studio.training.folder is not None)
    window.wait(lambda: not window.studio.training.busy)
    window.settle()


def test_from_images_to_an_exported_encoder(window, tmp_path):
    the_whole_way(window, tmp_path)


@pytest.mark.xvfb
def test_the_whole_way_on_a_real_screen(window, tmp_path):
    assert QGuiApplication.platformName() == "xcb"
    the_whole_way(window, tmp_path)


def the_whole_way(window, tmp_path):
    studio = window.studio
    train_to_the_end(window)
    assert isinstance(studio.training.folder.events()[-1], Finished)
    assert [card.state for card in studio.library.cards] == ["done"]
    map_and_search(window)
    click(window, "workspace.evaluate")
    window.settle()
    click(window, "evaluate.run")
    window.settle()
    rows = studio.evaluate.model.comparison.rows
    assert sum(row.is_baseline for row in rows) == 3
    assert 0.0 < rows[-1].measures["knn"].value <= 1.0
    click(window, "workspace.export")
    window.settle()
    studio.export.export_to(tmp_path / "encoder")
    window.settle()
    assert (tmp_path / "encoder" / "encoder.py").is_file()
    assert "largest difference" in studio.export.verdict.accessibleName()


def map_and_search(window):
    explore = window.studio.explore
    click(window, "workspace.explore")
    window.wait(lambda: explore.title() not in ("", "Explore"))
    method = find(window, "explore.method")
    method.setCurrentIndex(method.findText("PCA"))
    click(window, "explore.compute")
    window.wait(lambda: len(explore.selection.mask) > 0)
    window.settle()
    count = len(explore.selection.mask)
    assert count == len(window.studio.opened.images.held_out_indices())
    explore.selection.replace(np.arange(count) < 5)
    gallery = window.frame.findChild(ThumbnailGrid, "explore.gallery")
    assert len(gallery.indices()) == 5
    gallery.activated.emit(int(gallery.indices()[0]))
    window.settle()
    explore.stage.bar.choose_colour("loss")
    window.settle()
    colouring = explore.stage.map.scene.colouring
    assert colouring.label.startswith("distance of two views")
    assert len(colouring.values) == count
    assert np.isfinite(colouring.values).all()


def test_pause_resume_and_stop_keep_a_checkpoint(window):
    studio = window.studio
    window.make_small()
    window.change("training.budget", {"unit": "steps", "amount": 100000})
    window.frame.show_page("design")
    window.wait(studio.design.start.isEnabled)
    studio.design.start.click()
    window.wait(lambda: studio.training.state == "training")
    window.wait(lambda: len(studio.training.folder.events()) > 4)
    click(window, "train.pause")
    assert studio.training.state == "paused"
    assert studio.training.folder.is_alive()
    click(window, "train.resume")
    assert studio.training.state == "training"
    click(window, "train.stop")
    window.wait(lambda: not studio.training.busy)
    folder = studio.training.folder
    assert folder.checkpoint_steps()
    window.settle()
    assert [card.state for card in studio.library.cards] == ["stopped"]

    before = folder.checkpoint_steps()[-1]
    studio.desk.resume(folder.id)
    window.wait(lambda: studio.training.state == "training")
    window.wait(lambda: folder.events()[-1].step > before)
    studio.training.stop()
    window.wait(lambda: not studio.training.busy)
    assert folder.checkpoint_steps()[-1] > before


def test_every_promised_object_is_there_named_and_explained(window):
    window.wait(lambda: window.studio.opened.images is not None)
    for name in OBJECTS:
        find(window, name)
    assert unexplained(window.frame) == []
    assert doubled_shortcuts(window.frame) == []


def test_undo_and_redo_are_each_others_inverse_through_the_window(window):
    document = window.studio.document
    before = document.recipe
    window.change("objective.target", "stop-gradient")
    after = document.recipe
    assert [p.path for p in document.problems] == []
    document.undo()
    assert document.recipe == before
    document.redo()
    assert document.recipe == after


def test_images_that_cannot_be_opened_leave_the_window_usable(window, tmp_path):
    window.wait(lambda: window.studio.opened.images is not None)
    window.settle()
    window.studio.data.open_source(str(tmp_path / "nothing here"))
    window.settle()
    assert not window.studio.data.banner.isHidden()
    assert window.studio.opened.images.name == "digits"
    Image.new("RGB", (20, 20), "red").save(tmp_path / "a.png")
    Image.new("RGB", (20, 20), "blue").save(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"not a picture")
    window.studio.data.open_source(str(tmp_path))
    window.settle()
    assert len(window.studio.opened.images.paths) == 2
    assert len(window.studio.opened.images.unreadable) == 1
