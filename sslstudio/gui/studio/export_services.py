"""Exports of the library's runs for the Export page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sslstudio.domain.errors import InputError
from sslstudio.gui.export.source import ExportableRun, ExportOutcome, FormatCard, Progress
from sslstudio.gui.studio.bench import Equipment
from sslstudio.services.datasets import open_images
from sslstudio.services.encoders import from_run
from sslstudio.services.export import Format, export_encoder
from sslstudio.services.export.exporting import TOLERANCE
from sslstudio.services.places import cache_folder

FORMATS = (
    FormatCard(
        "safetensors",
        "Weights and code",
        "For Python with torch alone: readable code, no sslstudio needed.",
        "encoder.safetensors, encoder.py, card.json",
    ),
    FormatCard(
        "onnx",
        "ONNX",
        "For any language and device: resize and normalisation are inside.",
        "encoder.onnx, card.json",
    ),
)
SNIPPETS = {
    "safetensors": (
        "from encoder import load, read_picture\n\n"
        'encoder = load("encoder.safetensors")\n'
        'embedding = encoder(read_picture("picture.jpg"))'
    ),
    "onnx": (
        "import onnxruntime\n\n"
        'session = onnxruntime.InferenceSession("encoder.onnx")\n'
        "# pictures: uint8 (batch, 3, height, width), any size\n"
        'embeddings = session.run(None, {"pictures": pictures})[0]'
    ),
}


class ExportServices:
    """Implements the Export page's source over the run library."""

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment

    def runs(self) -> Sequence[ExportableRun]:
        """Return the last encoder of each run, and its best; the newest run first."""
        return [
            ExportableRun(encoder.id, encoder.name, encoder.note)
            for card in self.equipment.library.cards()
            for encoder in card.encoders
        ]

    def formats(self) -> Sequence[FormatCard]:
        """Return the formats, the default one first."""
        return FORMATS

    def card(self, run_id: str) -> Mapping[str, str]:
        """Return what the written card will say, by label."""
        folder, step = self.equipment.library.find_encoder(run_id)
        trained = from_run(folder, self.equipment.catalog, step=step)
        data = trained.recipe.data
        parameters = sum(p.numel() for p in trained.kept.parameters())
        return {
            "Encoder": self.equipment.catalog.entry(trained.recipe.encoder).title,
            "Layer kept": ", ".join(trained.recipe.representation.layers),
            "Embedding": f"{trained.kept.dim} numbers",
            "Parameters": f"{parameters:,}",
            "Trained on": f"{data.source}, {trained.facts.train_images:,} images",
            "Checkpoint": f"step {trained.step:,}",
            "Input": f"any picture, brought to {data.size} px ({data.fit})",
        }

    def export(
        self,
        run_id: str,
        file_format: str,
        folder: Path,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> ExportOutcome:
        """Write the encoder into a new folder, checked on the run's own images."""
        _refuse_what_is_there(folder)
        chosen: Format = "onnx" if file_format == "onnx" else "safetensors"
        run, step = self.equipment.library.find_encoder(run_id)
        trained = from_run(run, self.equipment.catalog, step=step)
        images = open_images(
            trained.recipe.data,
            progress=lambda done, total: progress(
                done, total, f"Reading images {done:,} of {total:,}"
            ),
            cancelled=cancelled,
            cache=cache_folder(),
        )
        report = export_encoder(
            trained, images, chosen, folder, report=_counted(progress), cancelled=cancelled
        )
        return ExportOutcome(
            folder=folder,
            files=tuple(file.name for file in report.files),
            checked_images=report.checked_images,
            largest_difference=report.largest_difference,
            allowed_difference=TOLERANCE,
            snippet=SNIPPETS[chosen],
        )


def _refuse_what_is_there(folder: Path) -> None:
    if folder.is_file():
        raise InputError(f"{folder} is a file.", "Choose a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} exists already and is not empty.", "Choose another folder.")


def _counted(progress: Progress) -> Progress:
    def report(done: int, total: int, words: str) -> None:
        progress(done, total, f"{words} {done:,} of {total:,}" if done else words)

    return report
