import csv

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget

from sslstudio.domain.errors import DataError
from sslstudio.gui.explore.page import ExplorePage
from sslstudio.gui.explore.source import MapKey
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.services.maps.settings import PcaSettings, TsneSettings, UmapSettings
from tests.gui.explore.conftest import NAMES

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


def choose(combo, data):
    combo.setCurrentIndex(combo.findData(data))


def shown_key(page):
    return page._shown.key if page._shown else None


@pytest.fixture
def mapped(page, qtbot):
    """The page with a PCA map of the held-out digits at the last checkpoint."""
    choose(page.findChild(QComboBox, "explore.method"), "pca")
    QTest.mouseClick(page.findChild(QPushButton, "explore.compute"), LEFT)
    qtbot.waitUntil(lambda: shown_key(page) is not None, timeout=30_000)
    return page


def lasso(page, drag, label):
    view = page.stage.map
    places = view.scene.places[page._embedded.table.labels == label]
    (left, top), (right, bottom) = places.min(axis=0) - 8, places.max(axis=0) + 8
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    drag(view, corners, SHIFT)


def test_compute_lasso_and_gallery_show_the_same_images(mapped, source, drag):
    page = mapped
    assert source.embedded == [(300, "held-out")]
    assert page.stage.map.isVisible()
    assert not page.stage.progress.isVisible()
    assert page.stage.bar.trust.text().startswith("trustworthiness .")
    assert page.stage.bar.kept.isVisible()
    lasso(page, drag, 0)
    rows = page.selection.indices()
    assert len(rows) >= 15
    gallery = page.findChild(ThumbnailGrid, "explore.gallery")
    assert gallery.isVisible()
    np.testing.assert_array_equal(gallery.indices(), page._embedded.images[rows])
    assert page.inspector.selected.title.text() == f"{len(rows)} selected"
    assert page.inspector.selected.counts.text().startswith("zero ")
    QTest.mouseClick(page.inspector.selected.clear, LEFT)
    assert page.selection.count == 0
    assert not gallery.isVisible()


def test_a_clicked_point_shows_its_neighbours_in_panel_and_map(mapped, qtbot):
    page, panel = mapped, mapped.inspector.neighbours
    place = page.stage.map.place_of(4).toPoint()
    with qtbot.waitSignal(page.neighbours.search.found) as answer:
        QTest.mouseClick(page.stage.map, LEFT, pos=place)
    found = answer.args[0]
    vectors = page._embedded.table.vectors
    similar = vectors @ vectors[found.place]
    similar[found.place] = -1
    np.testing.assert_array_equal(found.indices, np.argsort(-similar)[:8])
    np.testing.assert_array_equal(panel.grid.indices(), page._embedded.images[found.indices])
    label = NAMES[page._embedded.table.labels[found.indices[0]]]
    assert panel._caption(0) == f"{found.scores[0]:.2f} {label}".removeprefix("0")
    assert "of 8 neighbours share the class" in panel.note.accessibleName()
    assert "distance between far clusters means little" in panel.note.accessibleName()
    number = page._embedded.images[found.place]
    assert panel.query.words.text().endswith(f"no. {number}")


def test_a_chosen_neighbour_becomes_the_query_and_the_maps_current_point(mapped, qtbot):
    page, panel = mapped, mapped.inspector.neighbours
    with qtbot.waitSignal(page.neighbours.search.found) as first:
        page.stage.map.picked.emit(0)
    wanted = int(first.args[0].indices[2])
    with qtbot.waitSignal(page.neighbours.search.found) as second:
        QTest.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid._cell(2).center())
    assert second.args[0].place == wanted
    assert page.stage.map.current() == wanted


def test_an_image_file_dropped_on_the_query_is_looked_for(mapped, source, qtbot, tmp_path):
    page, panel = mapped, mapped.inspector.neighbours
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "mine.png"))])
    what = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(panel.query.rect().center(), *what)
    QApplication.sendEvent(panel.query, enter)
    assert enter.isAccepted()
    drop = QDropEvent(panel.query.rect().center(), *what)
    with qtbot.waitSignal(page.neighbours.search.found):
        QApplication.sendEvent(panel.query, drop)
    assert source.queries == [(300, tmp_path / "mine.png")]
    assert panel.query.words.text() == "Query: mine.png"
    assert panel.grid.indices()[0] >= 0
    assert "neighbours are labelled" in panel.note.accessibleName()


def test_a_pasted_picture_is_looked_for_and_an_empty_clipboard_said(mapped, source, qtbot):
    page, panel = mapped, mapped.inspector.neighbours
    QGuiApplication.clipboard().setText("no picture")
    QTest.mouseClick(panel.query.paste, LEFT)
    assert "no image" in panel.query.words.text()
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(page.neighbours.search.found):
        QTest.mouseClick(panel.query.paste, LEFT)
    step, given = source.queries[0]
    assert step == 300
    assert QImage.fromData(given).pixelColor(4, 4).red() == 255


def test_a_file_that_is_no_image_is_refused_in_the_panel(mapped, source, qtbot, monkeypatch):
    def refuse(_step, _image):
        raise DataError("mine.txt is not an image.", "Choose a PNG or JPEG file.")

    monkeypatch.setattr(source, "embed_query", refuse)
    with qtbot.waitSignal(mapped.neighbours.search.failed):
        mapped.inspector.neighbours.query.image_given.emit(b"text")
    assert "mine.txt is not an image" in mapped.inspector.neighbours.note.accessibleName()


def test_another_checkpoint_keeps_selection_query_and_hidden_classes(mapped, source, drag, qtbot):
    page = mapped
    lasso(page, drag, 1)
    selected = page.selection.indices().tolist()
    QTest.mouseClick(page.stage.map.legend.entries[3], LEFT)
    with qtbot.waitSignal(page.neighbours.search.found):
        page.stage.map.picked.emit(selected[0])
        page.stage.map.set_current(selected[0])
    with qtbot.waitSignal(page.neighbours.search.found):
        QTest.keyClick(page.stage.timeline.slider, Qt.Key.Key_Left)
    assert shown_key(page) == MapKey(200, "held-out", PcaSettings())
    assert page.selection.indices().tolist() == selected
    assert page.stage.map.current() == selected[0]
    assert page.chips() == ["checkpoint 200"]
    assert page.stage.map.scene.hidden == {3}
    assert source.embedded == [(300, "held-out"), (200, "held-out")]


def test_a_map_that_was_computed_is_shown_without_computing_it_again(mapped, source, qtbot):
    page, stored = mapped, dict(mapped._source.maps)
    choose(page.stage.bar.method, "umap")
    qtbot.waitUntil(lambda: shown_key(page) is None)
    assert page.stage.bar.compute.isVisible()
    choose(page.stage.bar.method, "pca")
    qtbot.waitUntil(lambda: shown_key(page) is not None)
    assert source.maps == stored
    assert len(source.embedded) == 1


def test_another_part_of_the_images_starts_with_nothing_selected(mapped, drag, qtbot):
    page = mapped
    lasso(page, drag, 1)
    choose(page.stage.bar.part, "all")
    qtbot.waitUntil(lambda: shown_key(page) is None)
    QTest.mouseClick(page.stage.bar.compute, LEFT)
    qtbot.waitUntil(lambda: shown_key(page) is not None, timeout=30_000)
    assert len(page.selection.mask) == 400
    assert page.selection.count == 0
    choose(page.stage.bar.colour, "split")
    names = [entry.text() for entry in page.stage.map.legend.entries]
    assert names == ["training", "held-out"]


def test_losses_of_single_images_are_measured_once_for_a_checkpoint(mapped, source, qtbot):
    page = mapped
    for _ in range(2):
        choose(page.stage.bar.colour, "loss")
        qtbot.waitUntil(lambda: page.stage.map.scene.colouring.is_continuous)
        assert page.stage.map.scene.colouring.label == "loss of the image"
        assert not page.stage.progress.isVisible()
        choose(page.stage.bar.colour, "split")
    assert source.measured == [(300, "held-out")]
    choose(page.stage.bar.colour, "loss")
    assert page._describe(79).details[1] == "loss of the image 3"
    QTest.keyClick(page.stage.timeline.slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: source.measured == [(300, "held-out"), (200, "held-out")])
    qtbot.waitUntil(lambda: page._describe(79).details[1] == "loss of the image 2")


def test_measuring_losses_can_be_stopped_and_a_refusal_is_said(mapped, source, qtbot, monkeypatch):
    page = mapped
    source.hold.clear()
    choose(page.stage.bar.colour, "loss")
    qtbot.waitUntil(page.stage.progress.isVisible)
    QTest.mouseClick(page.stage.progress.findChild(QPushButton), LEFT)
    assert page.stage.bar.colour_mode() == "class"
    assert not page.stage.progress.isVisible()
    assert page.stage.map.isVisible()
    source.hold.set()

    def refuse(*_):
        raise DataError("No loss for a single image.", "Colour by class.")

    monkeypatch.setattr(source, "losses", refuse)
    choose(page.stage.bar.colour, "loss")
    qtbot.waitUntil(page.stage.messages.isVisible)
    assert page.stage.messages.text() == "No loss for a single image. Colour by class."
    assert page.stage.bar.colour_mode() == "class"
    assert len(page.stage.map.legend.entries) == len(NAMES)


def test_known_factors_are_colours_too_and_only_for_the_run_that_has_them(mapped, monkeypatch):
    page, bar = mapped, mapped.stage.bar
    choose(bar.colour, "parity")
    assert [entry.text() for entry in page.stage.map.legend.entries] == ["even", "odd"]
    codes = page.stage.map.scene.colouring.codes
    np.testing.assert_array_equal(codes, page._embedded.images % 2)
    assert page._describe(0).details[1] == "even"
    choose(bar.colour, "turn")
    colours = page.stage.map.scene.colouring.colours.astype(int)
    # The first and the last image stand at nearly the same angle.
    assert np.abs(colours[0] - colours[-1]).max() < 30
    monkeypatch.setattr(page._source, "factors", tuple)
    page.set_source(page._source)
    assert [bar.colour.itemData(row) for row in range(bar.colour.count())] == [
        "class",
        "split",
        "loss",
    ]
    assert bar.colour_mode() == "class"


def test_progress_in_words_and_a_stop_that_stops(page, source, qtbot):
    source.hold.clear()
    QTest.mouseClick(page.stage.bar.compute, LEFT)
    qtbot.waitUntil(page.stage.progress.isVisible)
    assert not page.stage.bar.compute.isEnabled()
    stop = page.stage.progress.findChild(QPushButton)
    QTest.mouseClick(stop, LEFT)
    qtbot.waitUntil(lambda: not page.stage.progress.isVisible())
    assert page.stage.bar.compute.isEnabled()
    assert not page.desk.is_busy
    assert shown_key(page) is None


def test_an_unfinished_map_is_shown_and_the_result_survives_leaving_the_page(page, qtbot):
    seen = []
    page.desk.sketched.connect(lambda _, layout: seen.append(len(layout)))
    choose(page.stage.bar.method, "tsne")
    page.stage.bar._take_settings(TsneSettings(iterations=2000))
    QTest.mouseClick(page.stage.bar.compute, LEFT)
    qtbot.waitUntil(lambda: bool(seen), timeout=30_000)
    assert page.stage.map.isVisible()
    page.hide()
    qtbot.waitUntil(lambda: shown_key(page) is not None, timeout=60_000)
    page.show()
    assert set(seen) == {80}
    assert len(page.stage.map.scene.points) == 80


def test_a_failure_is_told_in_a_bar_and_leaves_the_page_working(page, source, qtbot, monkeypatch):
    def refuse(*_):
        raise DataError("The checkpoint cannot be read.", "Choose another one.")

    monkeypatch.setattr(source, "embedding", refuse)
    QTest.mouseClick(page.stage.bar.compute, LEFT)
    qtbot.waitUntil(page.stage.messages.isVisible)
    assert page.stage.messages.text() == "The checkpoint cannot be read. Choose another one."
    assert page.stage.bar.compute.isEnabled()


def test_table_and_picture_hold_what_is_shown(mapped, tmp_path):
    mapped.exports.write_table(tmp_path / "map.csv")
    with (tmp_path / "map.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    points = mapped._shown.result.points
    assert len(rows) == 80
    assert list(rows[0]) == ["index", "path", "label", "split", "x", "y"]
    assert float(rows[5]["x"]) == pytest.approx(points[5, 0], rel=1e-4)
    assert rows[5]["label"] in NAMES
    mapped.exports.write_picture(tmp_path / "map.png")
    assert QImage(str(tmp_path / "map.png")).width() == 2 * mapped.stage.map.width()


def test_a_narrow_bar_says_the_quality_in_fewer_words(mapped):
    bar = mapped.stage.bar
    mapped.resize(828, 600)
    assert mapped.width() == 828
    assert bar.trust.isVisible()
    assert bar.trust.text().startswith("trust .")
    mapped.resize(1300, 600)
    assert bar.trust.text().startswith("trustworthiness .")
    assert bar.kept.text().startswith("neighbours kept ")
    assert bar.kept.geometry().right() < bar.width()


def test_nothing_can_be_exported_before_there_is_a_map(page):
    assert [button.isEnabled() for button in page.header_buttons()] == [False, False]


def test_without_a_run_or_a_checkpoint_the_page_says_what_to_do(page, source, monkeypatch, qtbot):
    def words():
        shown = page.stage._pages.currentWidget()
        return " ".join(label.text() for label in shown.findChildren(QWidget) if label.isVisible())

    page.set_source(None)
    assert "Train a recipe" in words()
    assert page.title() == "Explore"
    monkeypatch.setattr(source, "checkpoints", lambda: ())
    page.set_source(source)
    assert "no checkpoint yet" in words()
    assert page.chips() == []
    monkeypatch.setattr(source, "checkpoints", lambda: (50,))
    page.activated()
    qtbot.waitUntil(lambda: "Press Compute map" in words())
    assert page.chips() == ["checkpoint 50"]


def test_settings_of_a_method_change_which_map_is_meant(mapped):
    page = mapped
    choose(page.stage.bar.method, "umap")
    QTest.mouseClick(page.stage.bar.adjust, LEFT)
    field = page.stage.bar.panel.findChild(QWidget, "neighbours")
    field.setValue(40)
    assert page.stage.bar.settings() == UmapSettings(neighbours=40)
    page.stage.bar.panel.hide()


def test_every_control_has_a_name_and_an_explanation(mapped, drag):
    lasso(mapped, drag, 1)
    kinds = (QComboBox, QPushButton, ThumbnailGrid)
    controls = [widget for kind in kinds for widget in mapped.findChildren(kind)]
    for control in filter(QWidget.isVisible, controls):
        assert control.accessibleName() or control.text(), control
        assert control.toolTip(), control


def test_the_page_can_be_made_without_a_run_and_closed(qtbot, theme, jobs, maps):
    page = ExplorePage(theme, jobs, maps)
    qtbot.addWidget(page)
    page.resize(780, 600)
    page.show()
    page.activated()
    page.grab()
    assert page.stage.map.mapTo(page, QPoint(0, 0)).x() >= 0
