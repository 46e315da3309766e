"""Every encoder of the catalogue leaves in both formats; a new file is tested on arrival."""

import json

import numpy as np
import pytest

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.errors import CancelledError, StudioError
from sslstudio.services.export import FORMATS, export_encoder, exporting
from tests.services.export.photographs import encoder_for, write_photographs

SMALL = {
    "convnet": {"width": 8, "stages": 2},
    "resnet": {"depth": "18"},
    "timm": {"name": "test_resnet"},
    "vit": {"size": "tiny", "depth": 2},
}
KINDS = tuple(load_catalog().entries("encoders"))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    return write_photographs(tmp_path_factory.mktemp("photographs") / "few", 8)


@pytest.fixture
def tried(photographs, catalog, tmp_path):
    def make(kind):
        encoder = {"kind": kind, **SMALL.get(kind, {})}
        return encoder_for(photographs, catalog, tmp_path / "cache", encoder)

    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file_format", FORMATS)
def test_it_leaves_and_agrees_with_the_original(tried, tmp_path, kind, file_format):
    trained, images = tried(kind)
    report = export_encoder(trained, images, file_format, tmp_path / "out")
    assert report.largest_difference <= 1e-4
    assert report.dim == trained.kept.dim
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["recipe"]["encoder"]["kind"] == kind
    assert card["largest_difference"] == report.largest_difference


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_differs_from_the_original_is_not_written(tried, tmp_path, monkeypatch, file_format):
    trained, images = tried("convnet")
    honest = exporting._difference
    monkeypatch.setattr(exporting, "_difference", lambda *a: honest(*a) + 2e-4)
    with pytest.raises(StudioError, match=r"differs from the original by 2\.0e-04"):
        export_encoder(trained, images, file_format, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_an_embedding_that_is_no_number_is_not_written(tried, tmp_path, monkeypatch):
    trained, images = tried("convnet")
    monkeypatch.setattr(exporting, "_difference", lambda *_: float("nan"))
    with pytest.raises(StudioError, match="nothing was written"):
        export_encoder(trained, images, "safetensors", tmp_path / "out")


def test_a_stopped_export_leaves_nothing(tried, tmp_path):
    trained, images = tried("convnet")
    with pytest.raises(CancelledError):
        export_encoder(trained, images, "onnx", tmp_path / "out", cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_a_full_disk_is_said_and_leaves_nothing(tried, tmp_path, monkeypatch):
    import errno

    trained, images = tried("convnet")

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(StudioError, match="The disk is full"):
        export_encoder(trained, images, "safetensors", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert np.isfinite(trained.embed(images.images[:1])).all()
