"""Writing an encoder in a format, and proving on real images that it is still the same."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.export import Dim

from sslstudio.domain.errors import CancelledError, StudioError
from sslstudio.engine.plan import Compute
from sslstudio.engine.resampling import Preprocess
from sslstudio.engine.views import Normalise
from sslstudio.services.datasets import ImageSet, read_picture
from sslstudio.services.encoders import CARD, WEIGHTS, TrainedEncoder
from sslstudio.services.export.standalone import standalone_source, trace, weights_of
from sslstudio.services.files import disk_errors
from sslstudio.services.tensor_files import save_tensors

Format = Literal["safetensors", "onnx"]
FORMATS: tuple[Format, ...] = ("safetensors", "onnx")
CHECKED_IMAGES = 100
TOLERANCE = 1e-4
"""Largest allowed difference of an embedding, relative to its length."""
OPSET = 20
Embed = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written, and how far it is from the original."""

    files: tuple[Path, ...]
    checked_images: int
    largest_difference: float
    dim: int


class _Whole(nn.Module):
    """Decoded pictures in, embeddings out."""

    def __init__(self, preprocess: Preprocess, kept: nn.Module) -> None:
        super().__init__()
        self.preprocess = preprocess
        self.kept = kept

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return embeddings  # uint8 (batch, 3, height, width) -> (batch, dim)."""
        embeddings: torch.Tensor = self.kept(self.preprocess(pictures))
        return embeddings


class _Converted(nn.Module):
    """Pixels in, the channels that the encoder reads out."""

    def __init__(self, normalise: Normalise) -> None:
        super().__init__()
        self.normalise = normalise

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return images in [0, 1] converted and normalised."""
        return self.normalise.apply(images)


def export_encoder(
    trained: TrainedEncoder,
    images: ImageSet,
    file_format: Format,
    out: Path,
    *,
    report: Report = lambda _done, _total, _words: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write the encoder into the folder `out` once it agrees with the original.

    The files are made beside `out` and moved there only after up to 100 of the images, decoded
    at their own sizes, gave the same embeddings; StudioError says by how much they differ.
    """
    original = _on_cpu(trained)
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            report(0, CHECKED_IMAGES, "Writing the encoder")
            writer = _write_onnx if file_format == "onnx" else _write_safetensors
            embed = writer(original, workshop)
            chosen = _spread(len(images.paths))
            differences: list[float] = []
            for done, row in enumerate(chosen, start=1):
                if cancelled():
                    raise CancelledError("The export was stopped; nothing was written.")
                differences.append(_difference(original, images, int(row), embed))
                report(done, len(chosen), "Checking it on real images")
            # Unlike Python's own max, numpy's lets a difference that is no number through.
            worst = float(np.max(differences))
            _refuse_difference(worst)
            card = {**_card(trained, file_format), "largest_difference": worst}
            (workshop / CARD).write_text(json.dumps(card, indent=2), encoding="utf-8")
            out.mkdir(exist_ok=True)
            names = sorted(file.name for file in workshop.iterdir())
            for name in names:
                (workshop / name).replace(out / name)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return ExportReport(
        files=tuple(out / name for name in names),
        checked_images=len(chosen),
        largest_difference=worst,
        dim=trained.kept.dim,
    )


def _on_cpu(trained: TrainedEncoder) -> TrainedEncoder:
    kept = trained.kept.to("cpu").to(memory_format=torch.contiguous_format).eval()
    return replace(trained, kept=kept, compute=Compute(device="cpu"))


def _preprocess(trained: TrainedEncoder) -> Preprocess:
    data, channels = trained.recipe.data, trained.facts.channels
    mean, std = [0.0] * channels, [1.0] * channels
    if trained.normalise is not None and not trained.normalise.conversions:
        mean = trained.normalise.mean.flatten().tolist()
        std = trained.normalise.std.flatten().tolist()
    return Preprocess(data.size, data.fit, gray=channels == 1, mean=mean, std=std)


def _network(trained: TrainedEncoder) -> nn.Module:
    """Return the network behind `_preprocess`, which knows no conversions."""
    normalise = trained.normalise
    if normalise is None or not normalise.conversions:
        return trained.kept
    return nn.Sequential(_Converted(normalise), trained.kept).eval()


def _write_safetensors(trained: TrainedEncoder, folder: Path) -> Embed:
    program = trace(_network(trained), trained.facts.channels, trained.facts.size)
    source = standalone_source(program, _preprocess(trained), trained.name, trained.kept.dim)
    save_tensors(weights_of(program), folder / WEIGHTS)
    (folder / "encoder.py").write_text(source, encoding="utf-8")
    module: dict[str, Any] = {"__name__": "exported_encoder"}
    exec(compile(source, str(folder / "encoder.py"), "exec"), module)
    encoder = module["load"](folder / WEIGHTS)

    def embed(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        with torch.no_grad():
            result: npt.NDArray[np.float32] = encoder(torch.from_numpy(pictures)).numpy()
        return result

    return embed


def _write_onnx(trained: TrainedEncoder, folder: Path) -> Embed:
    import onnxruntime

    whole = _Whole(_preprocess(trained), _network(trained)).eval()
    file = folder / "encoder.onnx"
    batch, height, width = (Dim(name, min=1, max=65535) for name in ("batch", "height", "width"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            (torch.zeros(2, 3, 48, 40, dtype=torch.uint8),),
            file,
            input_names=["pictures"],
            output_names=["embeddings"],
            dynamic_shapes={"pictures": {0: batch, 2: height, 3: width}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])

    def embed(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        result: npt.NDArray[np.float32] = session.run(None, {"pictures": pictures})[0]
        return result

    return embed


def _spread(count: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, CHECKED_IMAGES)).astype(np.int64))


def _difference(trained: TrainedEncoder, images: ImageSet, row: int, embed: Embed) -> float:
    picture = np.asarray(read_picture(images, row).convert("RGB")).transpose(2, 0, 1)[None]
    mine = trained.embed(images.images[row : row + 1])[0]
    theirs = embed(np.ascontiguousarray(picture))[0]
    return float(np.linalg.norm(mine - theirs) / max(1e-12, float(np.linalg.norm(mine))))


def _refuse_difference(worst: float) -> None:
    if not worst <= TOLERANCE:
        raise StudioError(
            f"The exported encoder differs from the original by {worst:.1e}, more than "
            f"{TOLERANCE:.0e}; nothing was written.",
            "Please report this with the recipe; the other format may work.",
        )


def _card(trained: TrainedEncoder, file_format: Format) -> dict[str, Any]:
    data = trained.recipe.data
    return {
        "name": trained.name,
        "format": file_format,
        "sslstudio": version("sslstudio"),
        "step": trained.step,
        "dim": trained.kept.dim,
        "layer": trained.recipe.representation.layer,
        "also": list(trained.recipe.representation.also),
        "pooling": trained.recipe.representation.pooling,
        "input": {
            "pictures": "uint8 RGB, any size; resized and normalised inside",
            "size": data.size,
            "fit": data.fit,
            "channels": data.channels,
        },
        "facts": asdict(trained.facts),
        "recipe": trained.recipe.model_dump(mode="json"),
    }
