import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.theme import LIGHT

LEFT = Qt.MouseButton.LeftButton


class CountingImages:
    """100,000 images that do not exist until they are asked for; image i has brightness i % 256."""

    def __init__(self):
        self.asked = set()

    def __len__(self):
        return 100_000

    def __getitem__(self, index):
        self.asked.add(index)
        return np.full((1, 8, 8), index % 256, dtype=np.uint8)


@pytest.fixture
def grid(qtbot):
    grid = ThumbnailGrid(LIGHT, "Images", columns=5)
    qtbot.addWidget(grid)
    grid.resize(320, 200)
    grid.show()
    qtbot.waitExposed(grid)
    return grid


def brightness(grid, x, y):
    return grid.viewport().grab().toImage().pixelColor(x, y).red()


def test_only_images_in_sight_are_read_and_any_part_can_be_scrolled_to(grid):
    images = CountingImages()
    grid.set_images(images)
    assert brightness(grid, 30, 30) == 0
    assert len(images.asked) < 60
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    grid.viewport().grab()
    assert 99_999 in images.asked
    assert len(images.asked) < 120


def test_images_stand_in_the_order_that_was_asked_for(grid):
    grid.set_images(CountingImages(), np.array([200, 40, 90]))
    assert [brightness(grid, x, 30) for x in (30, 95, 160)] == [200, 40, 90]


def test_a_click_and_the_arrow_keys_choose_images_by_number(grid):
    chosen = []
    grid.activated.connect(chosen.append)
    grid.set_images(CountingImages(), np.arange(1000, 2000))
    QTest.mouseClick(grid.viewport(), LEFT, pos=QPoint(95, 30))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(grid, key)
    assert chosen == [1001, 1002, 1007, 1006, 1001, 1000]
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.current() == 1999
    assert grid.verticalScrollBar().value() == grid.verticalScrollBar().maximum()


def test_walking_scrolls_the_image_into_sight(grid):
    grid.set_images(CountingImages())
    QTest.mouseClick(grid.viewport(), LEFT, pos=QPoint(30, 30))
    for _ in range(20):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.current() == 100
    colours = grid.viewport().grab().toImage()
    seen = {colours.pixelColor(30, y).red() for y in range(200)}
    assert 100 in seen


def test_the_image_under_the_pointer_is_told(grid):
    told = []
    grid.hovered.connect(told.append)
    grid.set_images(CountingImages(), np.array([7, 8, 9]))
    for x in (30, 35, 95, 310):
        QTest.mouseMove(grid.viewport(), QPoint(x, 30))
    assert told == [7, 8, -1]


def test_selected_images_get_a_frame_and_captions_their_room(grid):
    grid.set_images(CountingImages(), np.array([255, 255]))
    grid.set_selected(np.array([False, True]))
    image = grid.viewport().grab().toImage()
    assert image.pixelColor(66, 20).name() != image.pixelColor(1, 20).name()
    assert image.pixelColor(66, 20).blue() == pytest.approx(QColor(LIGHT.accent).blue(), abs=40)
    lower = grid.height_of(2)
    grid.set_captions(lambda place: f".{place}")
    assert grid.height_of(2) > lower


def test_fixed_rows_follow_the_width(grid, qtbot):
    grid.set_images(CountingImages())
    grid.fix_rows(2)
    qtbot.waitUntil(lambda: grid.height() == grid.height_of(2))
    before = grid.height()
    grid.resize(640, grid.height())
    qtbot.waitUntil(lambda: grid.height() > before)
    assert grid.height() == grid.height_of(2)


def test_columns_follow_the_width_unless_they_are_fixed(qtbot):
    grid = ThumbnailGrid(LIGHT, "Images", cell=60, gap=4)
    qtbot.addWidget(grid)
    grid.show()
    grid.resize(200, 100)
    narrow = grid.columns()
    grid.resize(600, 100)
    assert grid.columns() > narrow >= 2


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_number_of_channels_can_be_shown(grid, channels):
    images = np.full((3, channels, 10, 20), 130, dtype=np.uint8)
    grid.set_images(images)
    assert brightness(grid, 30, 30) == pytest.approx(130, abs=2)
