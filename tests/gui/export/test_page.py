import threading

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QRadioButton, QWidget

from sslstudio.gui.theme import contrast
from tests.gui.export.conftest import words_of
from tests.gui.support import doubled_shortcuts, unexplained

LEFT = Qt.MouseButton.LeftButton


def card_of(page, title):
    radio = next(r for r in page.findChildren(QRadioButton) if r.text() == title)
    return radio.parentWidget()


def press_export(page, qtbot, chooser, folder):
    chooser.answer = str(folder)
    qtbot.mouseClick(page.findChild(QPushButton, "export.run"), LEFT)


def test_the_newest_run_is_chosen_and_its_card_shown(page):
    assert page.run_choice.currentText() == "Run b · step 100"
    assert page.chips() == ["Run b", "step 100"]
    assert "ResNet of b" in words_of(page.inspector)
    assert "encoder.py, card.json" in words_of(page.inspector)


def test_a_click_anywhere_on_a_card_chooses_the_format(page, qtbot):
    chooser = page.findChild(QWidget, "export.format")
    assert chooser.value() == "safetensors"
    onnx = card_of(page, "ONNX")
    qtbot.mouseClick(onnx, LEFT, pos=onnx.rect().center())
    assert chooser.value() == "onnx"
    assert onnx.property("chosen") is True
    assert card_of(page, "Weights and code").property("chosen") is False
    assert "encoder.onnx, card.json" in words_of(page.inspector)


def test_arrow_keys_choose_the_format_too(page, qtbot):
    first = page.findChildren(QRadioButton)[0]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert page.formats.value() == "onnx"


def test_the_chosen_card_is_told_from_the_other_and_can_be_read(page, theme):
    chosen, other = card_of(page, "Weights and code"), card_of(page, "ONNX")
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        grounds = [
            card.grab().toImage().pixelColor(card.width() - 20, 20).name()
            for card in (chosen, other)
        ]
        assert grounds[0] != grounds[1]
        for ground in grounds:
            for ink in (theme.tokens.text, theme.tokens.muted):
                assert contrast(ink, ground.upper()) >= 4.5


def test_the_button_suggests_a_folder_and_writes_there(page, qtbot, chooser, press, tmp_path):
    page.formats.choose("onnx")
    press_export(page, qtbot, chooser, tmp_path / "new")
    qtbot.waitUntil(lambda: bool(press.written), timeout=60000)
    assert chooser.suggested[0].endswith("run-b-onnx")
    assert press.written == [("b", "onnx", tmp_path / "new")]


def test_never_minding_the_folder_writes_nothing(page, qtbot, chooser, press, jobs):
    press_export(page, qtbot, chooser, "")
    assert not jobs.running
    assert press.written == []


def test_the_check_shows_its_progress(page, qtbot, chooser, press, tmp_path, settle):
    press.gate.clear()
    press_export(page, qtbot, chooser, tmp_path / "new")
    progress = page.proof.progress
    qtbot.waitUntil(lambda: "40 of 100" in progress.words(), timeout=60000)
    assert progress.isVisible()
    assert not page.run.isEnabled()
    press.gate.set()
    settle()
    assert not progress.isVisible()
    assert page.run.isEnabled()


def test_a_stopped_export_says_that_nothing_was_written(
    page, qtbot, chooser, press, tmp_path, settle
):
    press.gate.clear()
    press_export(page, qtbot, chooser, tmp_path / "new")
    qtbot.waitUntil(page.proof.progress.isVisible, timeout=60000)
    qtbot.mouseClick(page.proof.progress.findChild(QPushButton), LEFT)
    settle()
    assert press.written == []
    assert page.verdict.accessibleName() == "Stopped; nothing was written."
    assert page.run.isEnabled()


def test_the_largest_difference_is_a_figure_and_a_sentence(page, qtbot, chooser, tmp_path, settle):
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    assert page.verdict.property("banner") == "ok"
    assert "the largest difference is 3.2e-7" in page.verdict.accessibleName()
    figures = {name: label.text() for name, label in page.proof.figures.items()}
    assert figures == {"Largest difference": "3.2e-7", "Allowed": "1e-4", "Images checked": "100"}
    assert page.proof.folder.text() == f"{tmp_path / 'new'}: card.json, encoder.py"


def test_no_difference_at_all_is_said_plainly(page, qtbot, chooser, press, tmp_path, settle):
    press.difference = 0.0
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    assert "to the last digit" in page.verdict.accessibleName()
    assert page.proof.figures["Largest difference"].text() == "0"


def test_the_snippet_is_copied_and_the_folder_shown(
    page, qtbot, chooser, tmp_path, settle, clipboard, monkeypatch
):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    qtbot.mouseClick(page.proof.copy, LEFT)
    assert clipboard.text() == page.snippet.toPlainText() == "load('safetensors')"
    qtbot.mouseClick(page.proof.show_folder, LEFT)
    assert shown == [QUrl.fromLocalFile(str(tmp_path / "new"))]


def test_the_result_survives_leaving_the_page(page, qtbot, chooser, press, tmp_path, settle):
    press.gate.clear()
    press_export(page, qtbot, chooser, tmp_path / "new")
    page.hide()
    press.gate.set()
    settle()
    page.show()
    page.activated()
    settle()
    assert page.snippet.isVisible()
    assert "largest difference" in page.verdict.accessibleName()


def test_an_existing_folder_is_refused_in_a_sentence(page, qtbot, chooser, tmp_path, settle):
    press_export(page, qtbot, chooser, tmp_path)
    settle()
    words = page.verdict.accessibleName()
    assert words.endswith(f"{tmp_path} exists already and is not empty. Choose another folder.")
    assert page.verdict.property("banner") == "error"
    assert not page.snippet.isVisible()
    assert page.run.isEnabled()


def test_a_fault_of_the_program_is_one_sentence_with_details(
    page, qtbot, chooser, press, tmp_path, settle
):
    press.fault = RuntimeError("size mismatch " * 200)
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    assert page.messages.isVisible()
    assert len(page.messages.text()) < 120
    press.fault = None
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    assert not page.messages.isVisible()
    assert page.snippet.isVisible()


def test_a_run_asked_for_is_chosen_once(page, press, settle):
    page.choose_run("a")
    settle()
    assert page.chips()[0] == "Run a"
    assert "ResNet of a" in words_of(page.inspector)
    page.run_choice.setCurrentIndex(0)
    page.activated()
    settle()
    assert page.chips()[0] == "Run b"
    press.names.insert(0, "c")
    page.activated()
    settle()
    assert page.chips()[0] == "Run b"


def test_a_slow_card_of_another_run_is_not_shown(page, press, settle, qtbot):
    press.card_gates["a"] = threading.Event()
    page.run_choice.setCurrentIndex(1)
    assert "Reading the checkpoint." in words_of(page.inspector)
    page.run_choice.setCurrentIndex(0)
    qtbot.waitUntil(lambda: "ResNet of b" in words_of(page.inspector), timeout=60000)
    press.card_gates["a"].set()
    settle()
    assert "ResNet of b" in words_of(page.inspector)


@pytest.fixture
def no_runs(press):
    press.names = []


@pytest.mark.usefixtures("no_runs")
def test_without_runs_the_page_says_what_to_do(request, press, settle):
    page = request.getfixturevalue("page")
    shown = words_of(page)
    assert "No encoder to export yet" in shown
    assert "Train a recipe first" in shown
    assert "once a run can be exported" in words_of(page.inspector)
    assert not page.run.isVisible()
    press.names = ["a"]
    page.activated()
    settle()
    assert page.run.isVisible()


def test_everything_fits_and_is_explained(page, press, qtbot, chooser, tmp_path, settle):
    press.names.append("with a very long name " * 8)
    page.activated()
    settle()
    press_export(page, qtbot, chooser, tmp_path / "new")
    settle()
    assert unexplained(page) == []
    assert doubled_shortcuts(page) == []
    assert (page.width(), page.height()) == (1008, 752)
    assert page.minimumSizeHint().height() < 500
