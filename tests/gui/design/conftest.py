import pytest
from PySide6.QtWidgets import QApplication

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.check import check
from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.design.canvas import DesignCanvas
from sslstudio.gui.design.page import DesignPage
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.theme import Theme
from sslstudio.services.presets import load_presets
from tests.gui.design.sources import PlainSource


@pytest.fixture(scope="session")
def catalog():
    return load_catalog()


@pytest.fixture(scope="session")
def presets():
    return {preset.id: preset for preset in load_presets()}


@pytest.fixture
def recipe_of(catalog, presets):
    return lambda name: presets[name].recipe_for(catalog, DataSpec(), "cuda")


@pytest.fixture
def theme(qapp):
    assert isinstance(qapp, QApplication)
    return Theme(qapp, "light")


@pytest.fixture
def document(recipe_of):
    return RecipeDocument(recipe_of("simclr"), check)


@pytest.fixture
def canvas(qtbot, document, catalog, theme):
    view = DesignCanvas(document, catalog, theme)
    qtbot.addWidget(view)
    view.resize(712, 443)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def source(catalog, presets):
    return PlainSource(catalog, presets)


@pytest.fixture
def page(qtbot, document, catalog, source, jobs, theme):
    shown = DesignPage(document, catalog, source, jobs, theme)
    qtbot.addWidget(shown)
    shown.resize(1008, 752)
    shown.show()
    qtbot.waitExposed(shown)
    qtbot.waitUntil(lambda: not shown.preview.is_busy)
    return shown
