import threading

import pytest
from PySide6.QtWidgets import QLabel

from sslstudio.domain.errors import CancelledError, InputError
from sslstudio.gui.export.page import ExportPage
from sslstudio.gui.export.source import ExportableRun, ExportOutcome, FormatCard

LONG = 60_000


class Press:
    """Writes nothing; a test may hold it, let it fail, or take its runs away."""

    def __init__(self):
        self.names = ["b", "a"]
        self.written = []
        self.difference = 3.21e-7
        self.gate = threading.Event()
        self.gate.set()
        self.card_gates = {}
        self.fault = None

    def runs(self):
        return [ExportableRun(name, f"Run {name}", "step 100") for name in self.names]

    def formats(self):
        return (
            FormatCard("safetensors", "Weights and code", "For Python.", "encoder.py, card.json"),
            FormatCard("onnx", "ONNX", "For any language.", "encoder.onnx, card.json"),
        )

    def card(self, run_id):
        if run_id in self.card_gates:
            assert self.card_gates[run_id].wait(30)
        return {"Encoder": f"ResNet of {run_id}", "Embedding": "512 numbers"}

    def export(self, run_id, file_format, folder, progress, cancelled):
        if self.fault is not None:
            raise self.fault
        if folder.exists():
            raise InputError(f"{folder} exists already and is not empty.", "Choose another folder.")
        progress(40, 100, "Checking it on real images 40 of 100")
        while not self.gate.wait(0.01):
            if cancelled():
                raise CancelledError("Stopped.")
        self.written.append((run_id, file_format, folder))
        return ExportOutcome(
            folder=folder,
            files=("card.json", "encoder.py"),
            checked_images=100,
            largest_difference=self.difference,
            allowed_difference=1e-4,
            snippet=f"load({file_format!r})",
        )


@pytest.fixture
def press():
    return Press()


@pytest.fixture
def settle(qtbot, jobs):
    """Wait until nothing runs in the background."""
    return lambda: qtbot.waitUntil(lambda: not jobs.running, timeout=LONG)


def words_of(widget):
    """Return all the words that can be seen in a widget."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


class Chooser:
    """Answers instead of a file dialog."""

    def __init__(self):
        self.suggested = []
        self.answer = ""

    def __call__(self, suggestion):
        self.suggested.append(suggestion)
        return self.answer


@pytest.fixture
def chooser():
    return Chooser()


@pytest.fixture
def page(qtbot, theme, press, jobs, chooser, settle):
    page = ExportPage(theme, press, jobs, chooser)
    qtbot.addWidget(page)
    page.resize(1008, 752)
    page.show()
    page.activated()
    settle()
    return page
