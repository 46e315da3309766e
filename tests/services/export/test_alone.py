"""What leaves works without sslstudio: in a process of its own that cannot import it."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from sslstudio.services.export import export_encoder
from tests.services.export.photographs import encoder_for, write_photographs

CONVNET = {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1}
START = """
import sys
from pathlib import Path

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(name + " is not to be used here")

sys.meta_path.insert(0, Refuse())
model, photographs, out = map(Path, sys.argv[1:])
files = sorted(photographs.iterdir())
import numpy
"""
TORCH_ALONE = """
sys.path.insert(0, str(model))
import torch
from encoder import load, read_picture
encoder = load(model / "encoder.safetensors")
with torch.no_grad():
    rows = [encoder(read_picture(file))[0].numpy() for file in files]
numpy.save(out, numpy.stack(rows))
"""
ONNX_ALONE = """
import onnxruntime
from PIL import Image
session = onnxruntime.InferenceSession(model / "encoder.onnx")
rows = []
for file in files:
    picture = numpy.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1)[None]
    rows.append(session.run(None, {"pictures": numpy.ascontiguousarray(picture)})[0][0])
numpy.save(out, numpy.stack(rows))
"""
ALONE = {
    "safetensors": START.format(blocked={"sslstudio", "timm", "torchvision"}) + TORCH_ALONE,
    "onnx": START.format(blocked={"sslstudio", "torch", "torchvision", "onnx"}) + ONNX_ALONE,
}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    return write_photographs(tmp_path_factory.mktemp("photographs") / "all")


@pytest.fixture
def run_alone(tmp_path, photographs):
    def run(file_format, model):
        script, out = tmp_path / "alone.py", tmp_path / "alone.npy"
        script.write_text(ALONE[file_format])
        command = [sys.executable, str(script), str(model), str(photographs), str(out)]
        result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
        return SimpleNamespace(result=result, embeddings=np.load(out) if out.exists() else None)

    return run


@pytest.mark.parametrize(
    ("file_format", "data"),
    [("safetensors", {"fit": "crop"}), ("onnx", {"fit": "pad", "channels": "gray"})],
)
def test_a_hundred_photographs_give_the_same_embeddings(
    photographs, catalog, tmp_path, run_alone, file_format, data
):
    trained, images = encoder_for(photographs, catalog, tmp_path / "cache", CONVNET, **data)
    assert len({tuple(size) for size in images.original_sizes.tolist()}) > 90
    report = export_encoder(trained, images, file_format, tmp_path / "out")
    assert report.checked_images == 100
    alone = run_alone(file_format, tmp_path / "out")
    assert alone.result.returncode == 0, alone.result.stderr
    original = trained.embed(images.images)
    away = np.linalg.norm(alone.embeddings - original, axis=1) / np.linalg.norm(original, axis=1)
    assert away.max() <= 1e-4
    # The proof says something only if the photographs differ.
    assert np.linalg.norm(original[0] - original[1]) > 100 * 1e-4 * np.linalg.norm(original[0])


def test_the_process_on_its_own_cannot_reach_sslstudio(run_alone, tmp_path):
    (tmp_path / "encoder.py").write_text("import sslstudio")
    alone = run_alone("safetensors", tmp_path)
    assert "sslstudio is not to be used here" in alone.result.stderr
    assert alone.embeddings is None
