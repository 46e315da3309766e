"""Evaluate and Export offer the last and the best encoder of a run."""

import pytest

from sslstudio.domain.events import Measured, Saved, Started
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.studio.evaluation_services import EvaluationServices
from sslstudio.gui.studio.export_services import ExportServices
from sslstudio.services.runs.folder import RunFolder
from tests.support.runs import small_recipe


@pytest.fixture
def equipment():
    return Equipment.load()


@pytest.fixture
def folder(equipment, catalog):
    path = equipment.library.root / "run"
    folder = RunFolder.create(path, small_recipe(catalog), {"compute": {}})
    folder.append(Started(step=0))
    for step, knn in ((10, 0.5), (20, 0.7), (30, 0.6)):
        folder.append(Measured(step=step, readings={"knn": knn}))
        folder.append(Saved(step=step, path="x", progress=step / 30))
        folder.checkpoint_file(step).touch()
    return folder


@pytest.mark.usefixtures("folder")
def test_both_pages_offer_the_last_and_the_best_one(equipment):
    for choices in (EvaluationServices(equipment).runs(), ExportServices(equipment).runs()):
        assert [(choice.run_id, choice.note) for choice in choices] == [
            ("run", "step 30"),
            ("run@20", "step 20, best kNN"),
        ]


def test_a_run_whose_last_encoder_is_its_best_is_offered_once(equipment, folder):
    folder.append(Measured(step=30, readings={"knn": 0.9}))
    folder.append(Saved(step=30, path="x", progress=1.0))
    (choice,) = ExportServices(equipment).runs()
    assert (choice.run_id, choice.note) == ("run", "step 30, best kNN")


@pytest.mark.usefixtures("folder")
def test_a_choice_leads_to_its_checkpoint(equipment):
    library = equipment.library
    assert library.find_encoder("run")[1] is None
    found, step = library.find_encoder("run@20")
    assert (found.id, step) == ("run", 20)


def test_scores_of_both_encoders_stand_side_by_side(equipment, folder):
    score = {"accuracy": 0.6, "low": 0.5, "high": 0.7}
    content = {
        "trained": score, "random_encoder": score, "raw_pixels": score,
        "train_images": 10, "test_images": 5,
    }  # fmt: skip
    evaluations = {"knn": {**content, "step": 30}, "knn@20": {**content, "step": 20}}
    folder.write_notes({"evaluations": evaluations})
    rows = [row for row in EvaluationServices(equipment).results() if not row.is_baseline]
    assert [(row.run_id, row.name.partition(", ")[2]) for row in rows] == [
        ("run", ""),
        ("run@20", "step 20"),
    ]
    assert folder.wanted_steps() == {20, 30}
