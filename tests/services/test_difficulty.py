from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import torch

from sslstudio.domain.errors import CancelledError, DataError
from sslstudio.services import difficulty as module
from sslstudio.services.datasets import ImageSet
from sslstudio.services.datasets.factors import read_factors
from sslstudio.services.difficulty import cached_difficulty
from sslstudio.services.embedding import cached_embeddings
from sslstudio.services.encoders import from_run
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.training import begin, run_training
from tests.pictures import as_bytes, pictures
from tests.support.runs import Script, small_recipe

COUNT = 60


def images_of(labels=None):
    return ImageSet(
        source="made",
        name="made",
        images=as_bytes(pictures(COUNT, 16, 3)).numpy(),
        paths=tuple(f"{number}.png" for number in range(COUNT)),
        labels=np.arange(COUNT) % 2 if labels is None else labels,
        class_names=("one", "two"),
        split=(np.arange(COUNT) % 5 == 0).astype(np.int8),
        original_sizes=np.full((COUNT, 2), 16, dtype=np.int32),
        fingerprint="f" * 32,
    )


def trained(catalog, place, preset, **changes):
    recipe = small_recipe(
        catalog, preset, training__budget={"unit": "steps", "amount": 2}, **changes
    )
    images = images_of()
    parts, plan, environment = begin(recipe, catalog, images, "cpu")
    folder = RunFolder.create(place, recipe, environment)
    list(run_training(folder, parts, plan, Script(), resume=False))
    return folder


@pytest.fixture(scope="module")
def run(catalog, tmp_path_factory):
    return trained(catalog, tmp_path_factory.mktemp("runs") / "run", "simclr")


def test_each_checkpoint_is_measured_once_with_its_own_weights(catalog, run, monkeypatch):
    images = images_of()
    found = cached_difficulty(run, catalog, images, (2, "held-out"))
    assert found.kind == "alignment"
    assert len(found.values) == len(images.held_out_indices())
    assert len(cached_difficulty(run, catalog, images, (2, "training")).values) == 48
    monkeypatch.setattr(module, "difficulty", lambda *_: pytest.fail("measured again"))
    again = cached_difficulty(run, catalog, images, (2, "held-out"))
    assert torch.equal(again.values, found.values)
    assert again.kind == "alignment"


def test_a_file_that_a_crash_cut_off_is_measured_again(catalog, run):
    images = images_of()
    found = cached_difficulty(run, catalog, images, (2, "held-out"))
    (file,) = (run.path / "embeddings").glob("difficulty-*-held-out-*")
    file.write_bytes(file.read_bytes()[:100])
    again = cached_difficulty(run, catalog, images, (2, "held-out"))
    assert torch.equal(again.values, found.values)


def test_a_stop_leaves_nothing_behind(catalog, tmp_path):
    folder = trained(catalog, tmp_path / "run", "rotation")
    with pytest.raises(CancelledError):
        cached_difficulty(folder, catalog, images_of(), (2, "training"), cancelled=lambda: True)
    assert not (folder.path / "embeddings").exists()
    assert cached_difficulty(folder, catalog, images_of(), (2, "training")).kind == "loss"


def test_views_without_chance_and_no_loss_of_single_images_are_refused(catalog, tmp_path):
    folder = trained(catalog, tmp_path / "run", "pca")
    with pytest.raises(DataError, match="views of an image are alike"):
        cached_difficulty(folder, catalog, images_of(), (1, "held-out"))


def test_embeddings_on_disk_take_the_labels_of_today_and_are_made_again_if_cut_off(catalog, run):
    encoder = from_run(run, catalog)
    first = cached_embeddings(run.path, encoder, images_of())
    other = cached_embeddings(run.path, encoder, images_of(np.zeros(COUNT, dtype=np.int64)))
    assert np.array_equal(first.vectors, other.vectors)
    assert not other.labels.any()
    (file,) = (run.path / "embeddings").glob("step-*")
    file.write_bytes(file.read_bytes()[:1000])
    again = cached_embeddings(run.path, encoder, images_of())
    assert np.array_equal(first.vectors, again.vectors)


def test_known_factors_come_with_words_and_real_images_have_none():
    images = images_of()
    assert read_factors(images) == ()
    known = {
        "shape": np.zeros(COUNT, dtype=np.int64),
        "colour": np.arange(COUNT) % 8,
        "position": np.zeros((COUNT, 2), dtype=np.float32),
        "rotation": np.linspace(0, 359, COUNT, dtype=np.float32),
    }
    made = replace(images_of(), factors=MappingProxyType(known))
    found = {factor.title: factor for factor in read_factors(made)}
    assert list(found) == ["paint", "position across", "position down", "rotation"]
    assert found["paint"].names[0] == "red"
    assert len(found["paint"].colours) == len(found["paint"].names) == 8
    red = found["paint"].colours[0]
    assert int(red[1:3], 16) > 2 * int(red[5:7], 16)
    assert found["rotation"].is_cyclic
    assert not found["position down"].is_cyclic
