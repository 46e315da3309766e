"""Several layers side by side leave in both formats and come back as they were."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sslstudio.services.encoders import from_model
from sslstudio.services.export import FORMATS, export_encoder
from tests.services.export.photographs import encoder_for, write_photographs

KEPT = {
    "all": {"layer": "encoder", "also": ["stage1", "projector"], "pooling": "both"},
    "projector": {"layer": "projector"},
    "early": {"layer": "stage1", "pooling": "max"},
}
CONVNET = {"kind": "convnet", "width": 8, "stages": 2}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    return write_photographs(tmp_path_factory.mktemp("photographs") / "few", 6)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", KEPT)
def test_the_exported_layers_equal_the_original(photographs, catalog, tmp_path, name, file_format):
    trained, images = encoder_for(photographs, catalog, tmp_path / "c", CONVNET, KEPT[name])
    report = export_encoder(trained, images, file_format, tmp_path / "out")
    assert report.largest_difference <= 1e-4
    assert report.dim == trained.kept.dim == trained.embed(images.images).shape[1]
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert [card["layer"], *card["also"]] == list(trained.recipe.representation.layers)


@pytest.mark.parametrize("name", KEPT)
def test_an_exported_model_is_read_back(photographs, catalog, tmp_path, name):
    trained, images = encoder_for(photographs, catalog, tmp_path / "c", CONVNET, KEPT[name])
    export_encoder(trained, images, "safetensors", tmp_path / "out")
    again = from_model(tmp_path / "out", catalog, "cpu")
    np.testing.assert_allclose(
        again.embed(images.images), trained.embed(images.images), rtol=1e-5, atol=1e-6
    )
