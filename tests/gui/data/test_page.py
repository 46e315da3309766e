import zipfile

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton

from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.page import HANDLE_PX, INSPECTOR_LIMITS
from tests.gui.support import doubled_shortcuts, unexplained

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def button(page, text):
    found = [b for b in page.findChildren(QPushButton) if b.text() == text and b.isVisible()]
    assert found, f"no visible button {text!r}"
    return found[0]


def click_thumbnail(qtbot, page, position):
    place = page.grid._cell(position).center()
    qtbot.mouseClick(page.grid.viewport(), LEFT, pos=place)
    return int(page.grid.indices()[position])


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def hold_above(page, data):
    event = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(page, event)
    return event.isAccepted()


def drop(page, *paths):
    data = mime(*paths)
    assert hold_above(page, data)
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(page, event)


def value(page, name):
    return page.inspector.facts.values[name].text()


def colour_of(label):
    image = label.pixmap().toImage()
    return QColor(image.pixel(image.width() // 2, image.height() // 2))


def test_without_images_a_large_drop_target_offers_three_ways(page, qtbot, chooser):
    target = page.stage.drop_target
    assert target.isVisible()
    assert target.width() * target.height() > page.stage.width() * page.stage.height() / 2
    assert not page.inspector.facts.isVisible()
    assert not page.bar.split.isVisible()
    qtbot.mouseClick(button(page, "Open folder"), LEFT)
    qtbot.mouseClick(button(page, "Open zip"), LEFT)
    assert chooser.asked == ["folder", "zip"]
    samples = [action.text() for action in button(page, "Sample data").menu().actions()]
    assert samples[:4] == ["shapes", "shapes-upright", "digits", "shapes-video"]
    assert all("downloads" in words for words in samples[4:])


def test_sample_data_opens_with_its_facts(page, settle):
    menu = button(page, "Sample data").menu()
    next(action for action in menu.actions() if action.text() == "digits").trigger()
    settle()
    assert page.title() == "digits"
    assert page.chips() == ["1,797 images", "10 classes"]
    assert value(page, "Images") == "1,797"
    assert value(page, "Original sizes") == "8 × 8 px"
    assert not page.inspector.choose_labels.isVisible()
    assert len(page.grid.indices()) == 1797


def test_a_written_path_is_opened_by_enter(page, qtbot, pictures, settle):
    source = page.findChild(QComboBox, "data.source")
    source.setEditText(str(pictures))
    with qtbot.waitSignal(page.opened, timeout=60000) as told:
        qtbot.keyClick(source.lineEdit(), Qt.Key.Key_Return)
    settle()
    images, data = told.args
    assert data.source == str(pictures)
    assert len(images.paths) == 10
    assert value(page, "Classes") == "2"
    assert value(page, "Original sizes") == "20 to 40 px"
    assert page.inspector.bars.isVisible()
    assert "leaf 6, pine 4" in page.inspector.bars.toolTip()


def test_class_and_split_choose_what_is_shown(opened, settle):
    opened.bar.classes.setCurrentIndex(2)
    settle()
    shown = [opened.images().paths[row] for row in opened.grid.indices()]
    assert shown == [f"pine/{number}.png" for number in range(4)]
    assert opened.inspector.picked.text().startswith("pine/0.png")
    assert opened.stage.foot.text() == "4 of 10 images"
    opened.bar.show_all()
    opened.bar.split.setCurrentIndex(2)
    settle()
    assert set(opened.grid.indices()) == set(opened.images().held_out_indices())


def test_filters_that_leave_nothing_say_so_and_let_go(opened, settle, qtbot):
    opened.images().split[opened.images().labels == 1] = 0
    opened.bar.classes.setCurrentIndex(2)
    opened.bar.split.setCurrentIndex(2)
    assert not opened.grid.isVisible()
    qtbot.mouseClick(button(opened, "Show all images"), LEFT)
    settle()
    assert opened.grid.isVisible()
    assert len(opened.grid.indices()) == 10


def test_the_clicked_image_is_the_one_before_and_after(opened, qtbot, settle):
    for position in (1, 7):
        row = click_thumbnail(qtbot, opened, position)
        settle()
        path = opened.images().paths[row]
        assert opened.inspector.picked.text().startswith(path)
        red = path.startswith("leaf")
        strength = 100 + 20 * int(path.split("/")[1][0])
        for label in (opened.inspector.comparison.before, opened.inspector.comparison.after):
            colour = colour_of(label)
            assert (colour.red() if red else colour.green()) == pytest.approx(strength, abs=2)
        before = opened.inspector.comparison.before.pixmap().size()
        assert (before.height() > before.width()) == red
    shown = [label.text() for label in opened.inspector.comparison.findChildren(QLabel)]
    assert "32 × 32 px" in shown


def test_words_follow_the_pointer_and_leave_with_it(opened, qtbot):
    place = opened.grid._cell(3).center()
    qtbot.mouseMove(opened.grid.viewport(), place)
    row = int(opened.grid.indices()[3])
    assert opened.images().paths[row] in opened.grid.toolTip()
    assert opened.stage.foot.text() == opened.grid.toolTip()
    opened.grid.hovered.emit(-1)
    assert opened.stage.foot.text() == "10 images"
    assert "arrow keys" in opened.grid.toolTip()


def test_another_resolution_is_read_once_it_stands_still(opened, qtbot, settle):
    row = click_thumbnail(qtbot, opened, 4)
    settle()
    seen = []
    opened.opened.connect(lambda _images, data: seen.append(data.size))
    form = opened.inspector.form
    for size in (48, 56, 64):
        form._edited("size", size)
    assert opened.images().images.shape[-1] == 32
    assert opened._timer.interval() == 500
    qtbot.waitUntil(lambda: bool(seen), timeout=60000)
    settle()
    assert seen == [64]
    assert opened.images().images.shape[-1] == 64
    assert opened.inspector.picked.text().startswith(opened.images().paths[row])


def test_labels_of_a_table_replace_those_of_the_folders(opened, chooser, tmp_path, settle, qtbot):
    table = tmp_path / "labels.csv"
    rows = [f"{path},{'even' if n % 2 else 'odd'}" for n, path in enumerate(opened.images().paths)]
    table.write_text("path,label\n" + "\n".join(rows))
    chooser.answer = str(table)
    qtbot.mouseClick(button(opened, "Labels from a CSV"), LEFT)
    qtbot.waitUntil(lambda: opened.images().class_names == ("even", "odd"), timeout=60000)
    settle()
    assert chooser.asked == ["csv"]
    assert str(table) in opened.inspector.labels.text()
    qtbot.mouseClick(button(opened, "Clear"), LEFT)
    qtbot.waitUntil(lambda: opened.images().class_names == ("leaf", "pine"), timeout=60000)
    settle()


def test_unreadable_files_are_listed_with_reasons(page, broken_pictures, settle, qtbot, clipboard):
    page.open_source(str(broken_pictures))
    settle()
    assert value(page, "Images") == "10"
    qtbot.mouseClick(button(page, "2 files could not be read"), LEFT)
    lines = page.inspector.failed.list.toPlainText().splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["pine/broken.png", "pine/empty.jpg"]
    assert lines[1] == "pine/empty.jpg: The file is empty."
    page.inspector.failed.copy.click()
    assert clipboard.text().splitlines() == lines


def test_what_the_reader_noticed_stands_in_a_note(opened):
    words = [label.text() for label in opened.inspector.notes.findChildren(QLabel)]
    assert any("held out" in text for text in words)


def test_a_folder_can_be_dropped(page, pictures, settle):
    drop(page, pictures)
    settle()
    assert page.data().source == str(pictures)
    assert page.grid.isVisible()


def test_a_zip_can_be_dropped(page, pictures, tmp_path, settle):
    archive = tmp_path / "trees.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for file in pictures.rglob("*.png"):
            made.write(file, file.relative_to(pictures))
    drop(page, archive)
    settle()
    assert page.data().source == str(archive)
    assert len(page.images().paths) == 10


def test_of_a_dropped_image_the_folder_is_opened(page, pictures, settle):
    drop(page, pictures / "leaf" / "0.png")
    settle()
    assert page.data().source == str(pictures / "leaf")
    assert value(page, "Images") == "6"


def test_while_something_is_held_above_the_drop_target_shows(opened, pictures):
    assert hold_above(opened, mime(pictures))
    assert opened.stage.drop_target.isVisible()
    assert opened.stage.drop_target.property("over") is True
    QApplication.sendEvent(opened, QDragLeaveEvent())
    assert opened.grid.isVisible()
    words = QMimeData()
    words.setText("just words")
    assert not hold_above(opened, words)


def test_anything_else_that_is_dropped_is_refused_in_a_sentence(opened, tmp_path):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF")
    drop(opened, letter)
    assert "letter.pdf is neither a folder" in opened.banner.accessibleName()
    assert opened.grid.isVisible()


def test_an_error_is_a_banner_and_the_images_stay(opened, settle, tmp_path, qtbot):
    before, gone = opened.images(), str(tmp_path / "gone")
    with qtbot.waitSignal(opened.failed, timeout=60000):
        opened.open_source(gone)
    settle()
    assert opened.banner.isVisible()
    assert gone in opened.banner.accessibleName()
    assert opened.images() is before
    assert opened.grid.isVisible()
    # The next edit starts from the images that are open.
    assert opened.data().source != gone


def test_moved_images_are_pointed_to_again(opened, chooser, pictures, settle, tmp_path, qtbot):
    moved = pictures.rename(tmp_path / "elsewhere")
    opened.open(opened.data().model_copy(update={"size": 16}))
    settle()
    chooser.answer = str(moved)
    qtbot.mouseClick(button(opened, "Point to the folder again"), LEFT)
    settle()
    assert opened.data() == DataSpec(source=str(moved), size=16)
    assert not opened.banner.isVisible()


def test_reading_tells_how_far_it_is_and_can_be_stopped(opened, qtbot, settle):
    before = opened.images()
    opened.open_source("shapes")
    assert opened.progress.isVisible()
    assert "Opening shapes" in opened.progress.words()
    opened.progress.report(4210, 50000, "Reading images 4,210 of 50,000")
    assert "4,210 of 50,000" in opened.progress.words()
    qtbot.mouseClick(button(opened.progress, "Stop"), LEFT)
    settle()
    assert opened.images() is before
    assert not opened.progress.isVisible()
    assert opened.bar.source.currentText() == opened.data().source != "shapes"


def test_everything_is_explained_and_no_key_is_doubled(opened):
    assert unexplained(opened) == []
    assert doubled_shortcuts(opened) == []
    opened.activated()
    assert opened.grid.hasFocus() or not opened.isActiveWindow()


def test_the_page_may_be_left_while_images_are_read(page, pictures, settle):
    page.open_source(str(pictures))
    page.hide()
    settle()
    assert page.title() == "trees"
    page.show()
    assert page.grid.isVisible()


def test_both_themes_paint(opened, theme):
    light = opened.grab().toImage().pixelColor(300, 600).lightness()
    theme.set_mode("dark")
    assert opened.grab().toImage().pixelColor(300, 600).lightness() < light - 100


def test_a_long_class_name_does_not_push_the_inspector_out(page, pictures, settle):
    (pictures / "leaf").rename(pictures / ("oak leaf with a very long name " * 3).strip())
    page.open_source(str(pictures))
    settle()
    assert page.width() == 1008
    assert page.bar.classes.width() < 180
    content = page.inspector.area.widget()
    assert content.minimumSizeHint().width() <= INSPECTOR_LIMITS[0] - HANDLE_PX
