"""The run that the shown one is compared with, read while the user goes on."""

import pytest

from sslstudio.gui.studio.compare_desk import CompareDesk
from sslstudio.services.runs.folder import RunFolder
from tests.gui.studio.stand_ins import workshop
from tests.support.runs import small_recipe


@pytest.fixture
def shop(qapp, equipment, catalog):
    assert qapp is not None
    recipe = small_recipe(catalog)
    for name in ("first", "second"):
        RunFolder.create(equipment.library.root / name, recipe, {})
    return workshop(equipment, recipe)


@pytest.fixture
def shown(shop):
    shown = ["own"]
    shown.append(CompareDesk(shop, lambda: shown[0]))
    return shown


def test_the_last_choice_is_drawn(shop, shown):
    assert shown[0] == "own"
    shop.train.compare_asked.emit("first")
    shop.train.compare_asked.emit("second")
    for job in reversed(shop.jobs.started):
        job.do()
    assert shop.train.compared.id == "second"
    shop.train.compare_asked.emit("")
    assert shop.train.compared is None


def test_what_was_chosen_for_another_run_is_not_drawn_beside_this_one(shop, shown):
    shop.train.compare_asked.emit("first")
    shown[0] = "first"
    for job in shop.jobs.started:
        job.do()
    assert shop.train.compared is None
