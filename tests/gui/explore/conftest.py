import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sklearn.datasets import load_digits

from sslstudio.domain.errors import CancelledError
from sslstudio.gui.explore.page import ExplorePage
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.explore.source import Embedded, ImageLosses, Query
from sslstudio.gui.theme import Theme
from sslstudio.services.datasets.factors import Factor
from sslstudio.services.embedding import Embeddings
from sslstudio.services.maps.client import MapService

NAMES = ("zero", "one", "two", "three")


class DigitsSource:
    """400 real digits whose pixels stand for embeddings, a little noisier at earlier steps."""

    def __init__(self):
        found = load_digits(n_class=4)
        self._images = (found.images[:400, None] * 255 / 16).astype(np.uint8)
        self._pixels = found.data[:400].astype(np.float32)
        self._labels = found.target[:400].astype(np.int64)
        self.maps = {}
        self.queries = []
        self.embedded = []
        self.measured = []
        self.hold = threading.Event()
        self.hold.set()

    def title(self):
        return "SimCLR on digits"

    def checkpoints(self):
        return (100, 200, 300)

    def total_steps(self):
        return 1060

    def loss_at(self, step):
        return 5 - step / 100

    def parts(self):
        return ("held-out", "training", "all")

    def images(self):
        return self._images

    def embedding(self, step, part, progress, cancelled):
        progress(0, len(self._pixels), "Embedding images")
        self.embedded.append((step, part))
        while not self.hold.wait(0.01):
            if cancelled():
                raise CancelledError("stopped")
        split = (np.arange(400) % 5 == 0).astype(np.int8)
        rows = np.flatnonzero({"held-out": split == 1, "training": split == 0}.get(part, split < 2))
        noise = np.random.default_rng(step).normal(size=self._pixels.shape)
        vectors = self._pixels + noise * (300 - step) / 100
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        table = Embeddings(
            vectors=vectors[rows].astype(np.float32),
            paths=tuple(f"digits/{row}.png" for row in rows),
            labels=self._labels[rows],
            split=split[rows],
            class_names=NAMES,
        )
        return Embedded(table, rows)

    def losses(self, step, part, progress, cancelled):
        progress(0, 400, "Measuring single images")
        self.measured.append((step, part))
        while not self.hold.wait(0.01):
            if cancelled():
                raise CancelledError("stopped")
        count = {"held-out": 80, "training": 320, "all": 400}[part]
        return ImageLosses(np.linspace(0, step / 100, count), "loss of the image")

    def factors(self):
        codes = np.arange(400) % 2
        return (
            Factor(title="parity", values=codes, names=("even", "odd")),
            Factor(title="turn", values=np.linspace(0, 360, 400), is_cyclic=True),
        )

    def embed_query(self, step, image):
        self.queries.append((step, image))
        vector = self._pixels[7] / np.linalg.norm(self._pixels[7])
        return Query(vector, self._images[7])

    def cached_map(self, key):
        return self.maps.get(key)

    def store_map(self, key, result):
        self.maps[key] = result


@pytest.fixture
def theme(qapp):
    style = qapp.styleSheet()
    yield Theme(qapp, "light")
    qapp.setStyleSheet(style)


@pytest.fixture
def selection():
    return Selection()


@pytest.fixture(scope="session")
def maps():
    service = MapService()
    yield service
    service.close()


@pytest.fixture
def source():
    return DigitsSource()


@pytest.fixture
def page(qtbot, theme, jobs, maps, source):
    page = ExplorePage(theme, jobs, maps)
    qtbot.addWidget(page)
    page.resize(1008, 725)
    page.show()
    qtbot.waitExposed(page)
    page.set_source(source)
    return page


@pytest.fixture
def drag():
    """Drag over a widget from place to place with the left button, as a hand does."""

    def drag(widget, places, modifiers=Qt.KeyboardModifier.NoModifier):
        points = [QPoint(int(x), int(y)) for x, y in places]
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, modifiers, points[0])
        for point in points[1:]:
            QTest.mouseMove(widget, point)
            QApplication.processEvents()
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, modifiers, points[-1])

    return drag


def leave(widget):
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
