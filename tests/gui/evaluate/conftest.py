import threading

import pytest

from sslstudio.domain.errors import CancelledError, DataError
from sslstudio.gui.evaluate.page import EvaluatePage
from sslstudio.gui.evaluate.source import EvaluationRow, Measure, ProtocolChoice, RunChoice
from sslstudio.gui.theme import Theme

SCORES = {"a": 0.61, "b": 0.58, "c": 0.66}


class Bench:
    """Evaluates three runs in memory; a test may hold it, or let a run fail."""

    def __init__(self):
        self.asked = []
        self.measured = {"a": ["knn"]}
        self.gate = threading.Event()
        self.gate.set()
        self.broken = set()
        self.courses = []

    def protocols(self):
        return [
            ProtocolChoice("knn", "kNN", "Neighbours vote."),
            ProtocolChoice("linear", "Linear probe", "A linear layer is trained."),
        ]

    def runs(self):
        return [RunChoice(name, f"Run {name}", "shapes", "step 100") for name in "abc"]

    def results(self):
        return [
            row
            for name, protocols in self.measured.items()
            for protocol in protocols
            for row in self._rows(name, protocol)
        ]

    def sweeps(self):
        return self.courses

    def evaluate(self, run_id, protocol, progress, cancelled):
        self.asked.append((run_id, protocol))
        progress(0.5, "Embedding images")
        while not self.gate.wait(0.01):
            if cancelled():
                raise CancelledError("Stopped.")
        if run_id in self.broken:
            raise DataError("shapes has no labels.", "Give class folders.")
        self.measured.setdefault(run_id, []).append(protocol)
        return self._rows(run_id, protocol)

    def _rows(self, name, protocol):
        value = SCORES[name] + (0.05 if protocol == "linear" else 0.0)
        twin = 0.43 if name != "c" else 0.47
        return [
            EvaluationRow(name, f"Run {name}", "shapes", measures={protocol: _measure(value)}),
            EvaluationRow(
                f"{name}/random", "Untrained", "shapes", True, {protocol: _measure(twin)}
            ),
            EvaluationRow(f"{name}/pixels", "Pixels", "shapes", True, {protocol: _measure(0.36)}),
        ]


def _measure(value):
    return Measure(value, value - 0.02, value + 0.02, "1,000 held-out images")


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture(scope="module")
def one_theme(qapp):
    # Styling the whole application takes a tenth of a second; once for all tests is enough.
    return Theme(qapp, "light")


@pytest.fixture
def page(qtbot, one_theme, bench, jobs):
    one_theme.set_mode("light")
    page = EvaluatePage(one_theme, bench, jobs)
    qtbot.addWidget(page)
    page.resize(1008, 752)
    page.show()
    page.activated()
    qtbot.waitUntil(lambda: page.inspector.runs.count() == 3, timeout=3000)
    return page
