import numpy as np
import pytest
from PIL import Image

from sslstudio.gui.data.page import DataPage

LONG = 60_000


@pytest.fixture
def pictures(tmp_path):
    """Two class folders: six upright red pictures of leaves, four lying green ones of pines."""
    root = tmp_path / "trees"
    for name, count, size, colour in (("leaf", 6, (20, 30), 0), ("pine", 4, (40, 20), 1)):
        (root / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
            pixels[:, :, colour] = 100 + 20 * number
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


@pytest.fixture
def broken_pictures(pictures):
    (pictures / "pine" / "broken.png").write_bytes(b"no picture at all")
    (pictures / "pine" / "empty.jpg").write_bytes(b"")
    return pictures


class Chooser:
    """Answers instead of a file dialog."""

    def __init__(self):
        self.asked = []
        self.answer = ""

    def __call__(self, kind):
        self.asked.append(kind)
        return self.answer


@pytest.fixture
def chooser():
    return Chooser()


@pytest.fixture
def page(qtbot, theme, jobs, chooser):
    page = DataPage(theme, jobs, chooser)
    qtbot.addWidget(page)
    page.resize(1008, 752)
    page.show()
    return page


@pytest.fixture
def settle(qtbot, jobs):
    """Wait until nothing is being read."""
    return lambda: qtbot.waitUntil(lambda: not jobs.running, timeout=LONG)


@pytest.fixture
def opened(page, pictures, settle):
    """The page with the pictures of trees open."""
    page.open_source(str(pictures))
    settle()
    return page
