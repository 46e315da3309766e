"""Milliseconds a frame of the Explore page's map and gallery takes; no window is seen.

    python packaging/bench_map.py [--points N] [--images N]

Every number is the time from a pointer's or a key's event to the painted picture, the 95th
percentile over the events of a gesture.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sslstudio.gui.class_palette import CLASS_COLOURS
from sslstudio.gui.explore.colouring import by_class
from sslstudio.gui.explore.hover_card import PointFacts
from sslstudio.gui.explore.map_view import MapView
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.theme import Theme

POINTS = 200_000
IMAGES = 100_000
CLASSES = 10
FRAMES = 60
# The map's part of a window of 1280 x 800, and of one of 1920 x 1080.
SIZES = {"1280": (680, 620), "1920": (1320, 900)}
GALLERY = (900, 700)
Gesture = Iterator[Callable[[], None]]


def main() -> int:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--images", type=int, default=IMAGES)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    found = measure(application, points=options.points, images=options.images)
    print(json.dumps(found, indent=2))
    return 0


def measure(
    application: QApplication, *, points: int = POINTS, images: int = IMAGES
) -> dict[str, float]:
    """Return milliseconds by gesture for a map of so many points and a gallery of images."""
    theme = Theme(application, "light")
    found: dict[str, float] = {}
    for name, size in SIZES.items():
        for gesture, milliseconds in _map_times(theme, size, points).items():
            found[f"map_{points // 1000}k_{name}_{gesture}_ms"] = milliseconds
    found[f"gallery_{images // 1000}k_scroll_ms"] = _gallery_time(theme, images)
    return found


def _map_times(theme: Theme, size: tuple[int, int], points: int) -> dict[str, float]:
    view = _view(theme, size, points)
    gestures = {"pan": _pan, "zoom": _zoom, "hover": _hover, "lasso": _lasso, "select": _select}
    times = {}
    for name, gesture in gestures.items():
        view.fit()
        view.repaint()
        times[name] = _p95(view.repaint, gesture(view))
    view.close()
    return times


def _view(theme: Theme, size: tuple[int, int], points: int) -> MapView:
    draws = np.random.default_rng(0)
    codes = draws.integers(0, CLASSES, points)
    centres = draws.normal(size=(CLASSES, 2)) * 6
    places = (centres[codes] + draws.normal(size=(points, 2))).astype(np.float32)
    selection = Selection()
    view = MapView(theme, selection)
    view.resize(*size)
    view.show()
    selection.replace(np.zeros(points, dtype=bool))
    view.set_points(places, animate=False)
    view.set_colouring(by_class(codes, tuple("abcdefghij"), CLASS_COLOURS))
    blank = np.zeros((3, 32, 32), np.uint8)
    view.set_describer(lambda place: PointFacts(blank, str(codes[place]), (f"no. {place}",)))
    # Nothing is painted before the window has been exposed.
    QApplication.processEvents()
    return view


def _p95(paint: Callable[[], None], gesture: Gesture) -> float:
    times = []
    for act in gesture:
        began = time.perf_counter()
        act()
        paint()
        times.append(1000 * (time.perf_counter() - began))
    return round(float(np.percentile(times, 95)), 1)


def _pan(view: MapView) -> Gesture:
    middle = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(FRAMES):
        place = middle + QPoint(3 * step, step)
        yield partial(QTest.mouseMove, view, place)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle)


def _zoom(view: MapView) -> Gesture:
    for step in range(FRAMES):
        key = Qt.Key.Key_Plus if step < FRAMES // 2 else Qt.Key.Key_Minus
        yield partial(QTest.keyClick, view, key)


def _hover(view: MapView) -> Gesture:
    for step in range(FRAMES):
        place = QPoint(100 + 5 * step, 100 + 4 * step)
        yield partial(QTest.mouseMove, view, place)


def _lasso(view: MapView) -> Gesture:
    middle, shift = view.rect().center(), Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(view, Qt.MouseButton.LeftButton, shift, middle)
    for angle in np.linspace(0, 2 * np.pi, FRAMES):
        place = middle + QPoint(round(200 * np.cos(angle)), round(150 * np.sin(angle)))
        yield partial(QTest.mouseMove, view, place)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, shift, middle)


def _select(view: MapView) -> Gesture:
    count = len(view.scene.points)
    for step in range(FRAMES // 4):
        mask = np.arange(count) % (step + 2) == 0
        yield partial(view.selection.replace, mask)
    view.selection.clear()


def _gallery_time(theme: Theme, images: int) -> float:
    """Return the time of a frame while new rows of pictures come into sight at every step."""
    pixels = np.random.default_rng(0).integers(0, 256, (images, 3, 32, 32), dtype=np.uint8)
    grid = ThumbnailGrid(theme.tokens, "Images", cell=84)
    grid.resize(*GALLERY)
    grid.show()
    grid.set_images(pixels)
    QApplication.processEvents()
    bar = grid.verticalScrollBar()

    def steps() -> Gesture:
        for step in range(FRAMES):
            yield partial(bar.setValue, step * bar.maximum() // FRAMES)

    milliseconds = _p95(grid.viewport().repaint, steps())
    grid.close()
    return milliseconds


if __name__ == "__main__":
    raise SystemExit(main())
