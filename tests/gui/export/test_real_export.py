import json

import pytest

from sslstudio.cli.app import run
from sslstudio.gui.export.page import ExportPage
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.studio.export_services import ExportServices
from sslstudio.services.runs.library import RunLibrary
from tests.gui.export.conftest import words_of

SMALL = [
    "--set", 'encoder={"kind": "convnet", "width": 8, "stages": 2}',
    "--set", "data.size=12", "--set", "views.0.size=null", "--set", "training.batch_size=32",
    "--set", "training.precision=fp32",
]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    asked = ["train", "simclr", "--data", "digits", "--steps", "4", "--out", str(root / "run")]
    assert run([*asked, *SMALL], lambda _recipe, _data: 0) == 0
    return root


@pytest.fixture
def source(library, catalog):
    equipment = Equipment(
        catalog=catalog,
        presets=(),
        library=RunLibrary(library, catalog),
        device="cpu",
        device_name="CPU",
    )
    return ExportServices(equipment)


@pytest.fixture
def real_page(qtbot, theme, source, settle, jobs):
    page = ExportPage(theme, source, jobs)
    qtbot.addWidget(page)
    page.show()
    page.activated()
    settle()
    return page


def test_a_trained_encoder_leaves_and_agrees_with_the_original(real_page, settle, tmp_path):
    card = words_of(real_page.inspector)
    assert "digits, " in card
    assert "step 4" in card
    assert "12 px" in card
    real_page.export_to(tmp_path / "out")
    settle()
    assert "largest difference" in real_page.verdict.accessibleName()
    assert float(real_page.proof.figures["Largest difference"].text()) <= 1e-4
    written = json.loads((tmp_path / "out" / "card.json").read_text())
    assert written["step"] == 4
    code = compile(real_page.snippet.toPlainText(), "snippet", "exec")
    assert "load" in code.co_names
    real_page.export_to(tmp_path / "out")
    settle()
    assert "is not empty" in real_page.verdict.accessibleName()


def test_the_check_reports_counts_in_words(source, tmp_path):
    said = []

    def report(_done, _total, words):
        said.append(words)

    run_id = source.runs()[0].run_id
    source.export(run_id, "safetensors", tmp_path / "out", report, lambda: False)
    assert "Writing the encoder" in said
    assert "Checking it on real images 100 of 100" in said
