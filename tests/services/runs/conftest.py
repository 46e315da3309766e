from collections.abc import Iterator

import pytest

from sslstudio.domain.events import Event
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.training import run_training
from tests.support.runs import Script, small_recipe, small_session

STEPS = 12


class SmallRun:
    """A run folder on disk that trains a tiny SimCLR for a few steps, as often as asked."""

    def __init__(self, catalog, path, **changes):
        budget = {"unit": "steps", "amount": STEPS}
        self._catalog = catalog
        self.recipe = small_recipe(catalog, **{"training__budget": budget, **changes})
        self.folder = (
            RunFolder.open(path)
            if path.exists()
            else RunFolder.create(path, self.recipe, {"compute": {"device": "cpu"}})
        )

    def events(self, *, resume=False, stop_at=None, edits=None) -> Iterator[Event]:
        session = small_session(self._catalog, self.recipe)
        control = Script(stop_at=stop_at, edits=edits)
        return run_training(self.folder, session.parts, session.plan, control, resume=resume)

    def train(self, **how) -> list[Event]:
        return list(self.events(**how))


@pytest.fixture
def small_run(catalog, tmp_path):
    def make(name="run", **changes):
        return SmallRun(catalog, tmp_path / name, **changes)

    return make
