import gc

import pytest
from PySide6.QtCore import QSettings

from sslstudio.domain.edits import with_value
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.settings import SettingsFile
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.studio.studio import Studio
from sslstudio.gui.theme import Theme
from sslstudio.services.presets import find_recipe

SMALL = {
    "encoder": {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1},
    "views.0.size": None,
    "training.batch_size": 64,
    "training.precision": "fp32",
    "training.budget": {"unit": "steps", "amount": 12},
}
PATIENCE_MS = 240_000


class Window:
    """The real window with real services on its own folders, and a way to wait for it."""

    def __init__(self, qtbot, qapp, tmp_path, asked=("simclr", "digits")):
        self.qtbot = qtbot
        self.theme = Theme(qapp, "light")
        store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        self.frame = Frame(self.theme, SettingsFile(store))
        self.jobs = Jobs(self.frame)
        self.equipment = Equipment.load()
        self.studio = Studio(self.frame, self.theme, self.jobs, self.equipment, asked)
        # Warming compiles UMAP for half a minute; these journeys need PCA only.
        self.studio.stop_warming()
        self.frame.show()

    def wait(self, ready):
        self.qtbot.waitUntil(ready, timeout=PATIENCE_MS)

    def settle(self):
        self.wait(lambda: not self.jobs.running)

    def change(self, path, value):
        document = self.studio.document
        kinds = self.equipment.catalog.kinds
        document.edit(with_value(document.recipe, path, value, kinds), path)

    def equipment_recipe(self, preset):
        return find_recipe(preset, self.equipment.catalog, None, "cpu")

    def make_small(self):
        self.change("data.size", 12)
        for path, value in SMALL.items():
            self.change(path, value)
        self.wait(lambda: self.studio.opened.images is not None)
        self.wait(lambda: self.studio.opened.images.images.shape[-1] == 12)
        self.settle()


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    opened = Window(qtbot, qapp, tmp_path)
    yield opened
    if opened.studio.training.busy:
        opened.studio.training.stop_and_wait(60)
        opened.wait(lambda: not opened.studio.training.busy)
    opened.frame.close()
    assert opened.jobs.shutdown(60)


@pytest.fixture(autouse=True)
def _collect_on_this_thread():
    """As in the window: no job's thread destroys what a test has left of its widgets."""
    gc.disable()
