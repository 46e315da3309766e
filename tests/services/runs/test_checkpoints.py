import pytest

from sslstudio.domain.errors import InputError, RunError
from sslstudio.domain.events import Measured, Saved, Started
from sslstudio.services.runs.checkpoints import chosen_step, standing
from sslstudio.services.runs.folder import RunFolder
from tests.support.runs import small_recipe


@pytest.fixture
def folder(tmp_path, catalog):
    folder = RunFolder.create(tmp_path / "run", small_recipe(catalog), {"compute": {}})
    folder.append(Started(step=0))
    for step, knn in ((10, 0.5), (20, 0.7), (30, 0.6)):
        folder.append(Measured(step=step, readings={"knn": knn}))
        folder.append(Saved(step=step, path="x", progress=step / 100))
        folder.checkpoint_file(step).touch()
    return folder


def test_last_best_and_a_step_mean_what_they_say(folder):
    assert chosen_step(folder) is None
    assert chosen_step(folder, "last") is None
    assert chosen_step(folder, "best") == 20
    assert chosen_step(folder, "10") == 10


def test_the_best_is_one_that_lies_on_disk(folder):
    folder.checkpoint_file(20).unlink()
    assert chosen_step(folder, "best") == 30
    assert standing(folder).checkpoints == (10, 30)


def test_what_is_not_there_is_refused_with_what_there_is(folder):
    with pytest.raises(RunError, match="no checkpoint of step 15") as missing:
        chosen_step(folder, "15")
    assert "10, 20, 30" in missing.value.hint
    with pytest.raises(InputError, match="worst"):
        chosen_step(folder, "worst")


def test_without_labels_there_is_no_best_and_the_reason_is_said(tmp_path, catalog):
    folder = RunFolder.create(tmp_path / "plain", small_recipe(catalog), {})
    folder.append(Saved(step=5, path="x"))
    folder.checkpoint_file(5).touch()
    with pytest.raises(RunError, match="no checkpoint has a kNN accuracy"):
        chosen_step(folder, "best")
