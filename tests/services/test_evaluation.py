from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from sslstudio.domain.errors import CancelledError, DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.engine.neighbours import knn_accuracy
from sslstudio.engine.plan import Compute
from sslstudio.services.datasets import open_images
from sslstudio.services.encoders import untrained
from sslstudio.services.evaluation import PROTOCOLS, evaluate, interval
from sslstudio.services.preparation import make_store
from tests.support.runs import small_recipe


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    data = DataSpec(source="digits", size=8, channels="gray")
    return open_images(data, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def encoder(catalog, digits):
    data = {"source": "digits", "size": 8, "channels": "gray"}
    recipe = small_recipe(catalog, "simclr", views__0__size=8, data=data)
    facts = make_store(digits, recipe, "cpu").facts()
    return untrained("tried", recipe, catalog, facts, Compute(device="cpu"))


def test_the_components_score_as_scikit_learns_do(encoder, digits, catalog):
    result = evaluate(encoder, digits, catalog, "knn")
    train, test = digits.train_indices(), digits.held_out_indices()
    pixels = digits.images.reshape(len(digits.images), -1) / 255.0
    components = PCA(64).fit(pixels[train])
    bank, queries = (
        torch.from_numpy(components.transform(pixels[rows]).astype(np.float32))
        for rows in (train, test)
    )
    labels = torch.from_numpy(digits.labels)
    expected = knn_accuracy(bank, labels[train], queries, labels[test], k=20, temperature=0.07)
    assert result.pca.accuracy == pytest.approx(expected, abs=0.003)
    assert result.pca.low < result.pca.accuracy < result.pca.high
    assert result.test_images == len(test)
    assert result.raw_pixels.accuracy > 0.9 > result.random_encoder.accuracy


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_untrained_encoder_is_its_own_baseline(encoder, digits, catalog, protocol):
    few = replace(
        digits,
        images=digits.images[:400],
        labels=digits.labels[:400],
        split=digits.split[:400],
        paths=digits.paths[:400],
    )
    result = evaluate(encoder, few, catalog, protocol)
    spread = result.random_encoder.high - result.random_encoder.low
    # Only the batch norm's statistics differ.
    assert abs(result.trained.accuracy - result.random_encoder.accuracy) < 2 * spread


def test_images_without_labels_and_a_stop_are_said(encoder, digits, catalog):
    unknown = replace(digits, labels=np.full(len(digits.labels), -1))
    with pytest.raises(DataError, match="has no labels"):
        evaluate(encoder, unknown, catalog, "knn")
    told = []
    with pytest.raises(CancelledError):
        evaluate(
            encoder,
            digits,
            catalog,
            "knn",
            report=lambda *at: told.append(at),
            cancelled=lambda: True,
        )
    assert told == [(0, 4, "Scoring this encoder")]


def test_the_interval_is_wilsons():
    low, high = interval(0.9, 100)
    assert (low, high) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert interval(1.0, 50)[1] == pytest.approx(1.0)
    assert interval(0.0, 50)[0] == 0.0
