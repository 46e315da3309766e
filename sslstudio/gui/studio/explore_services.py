"""One run and its images for the Explore page; embeddings and maps are kept in the run's folder."""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.events import Event, Stepped
from sslstudio.domain.recipe import DataSpec
from sslstudio.domain.run import RunSummary, fold
from sslstudio.engine.difficulty import Kind
from sslstudio.gui.explore.source import (
    Embedded,
    ImageLosses,
    MapKey,
    Part,
    Progress,
    Query,
)
from sslstudio.services.datasets import ImageSet, read_query
from sslstudio.services.datasets.factors import Factor, read_factors
from sslstudio.services.difficulty import Split, cached_difficulty
from sslstudio.services.embedding import Embeddings, cached_embeddings
from sslstudio.services.encoders import TrainedEncoder, from_run
from sslstudio.services.files import UNREADABLE, write_atomically
from sslstudio.services.maps.settings import MapResult, as_json
from sslstudio.services.runs.folder import RunFolder

LOSS_LABELS: dict[Kind, str] = {
    "loss": "loss of the image",
    "alignment": "distance of two views (1 \u2212 cosine)",
}


class RunToExplore:
    """Implements the Explore page's source over a run folder."""

    def __init__(self, folder: RunFolder, name: str, images: ImageSet, catalog: Catalog) -> None:
        self._folder = folder
        self._name = name
        self._images = images
        self._catalog = catalog
        events: list[Event] = folder.events()
        self._summary: RunSummary = fold(events)
        self._losses = [
            (event.step, event.terms["loss"])
            for event in events
            if isinstance(event, Stepped) and "loss" in event.terms
        ]

    def title(self) -> str:
        """Return the run's name, and what it saw unless the name says it."""
        seen = self._images.name
        return self._name if seen in self._name else f"{self._name} on {seen}"

    def checkpoints(self) -> tuple[int, ...]:
        """Return the steps at which an encoder was written, in order."""
        return self._folder.checkpoint_steps()

    def total_steps(self) -> int:
        """Return the length of the run in steps, as far as it is known."""
        return self._summary.total_steps or max(self.checkpoints(), default=self._summary.step)

    def loss_at(self, step: int) -> float | None:
        """Return the training loss around a step."""
        steps = [at for at, _loss in self._losses]
        place = bisect.bisect_left(steps, step)
        near = self._losses[max(0, place - 2) : place + 2]
        return None if not near else sum(loss for _at, loss in near) / len(near)

    def parts(self) -> tuple[Part, ...]:
        """Return which parts of the images there are, the one to begin with first."""
        return ("held-out", "training", "all")

    def images(self) -> np.ndarray:
        """Return all images, uint8 (n, c, h, w)."""
        return self._images.images

    def embedding(
        self, step: int, part: Part, progress: Progress, cancelled: Callable[[], bool]
    ) -> Embedded:
        """Return a part's embeddings at a checkpoint, computed once for all images."""
        table = cached_embeddings(
            self._folder.path,
            self._trained(step),
            self._images,
            progress=lambda done, total: progress(done, total, "Embedding images"),
            cancelled=cancelled,
        )
        rows = self._rows(part)
        return Embedded(table=_unit(_chosen(table, rows)), images=rows)

    def losses(
        self, step: int, part: Part, progress: Progress, cancelled: Callable[[], bool]
    ) -> ImageLosses:
        """Return how hard each image of a part is, measured once for a checkpoint."""
        splits: tuple[Split, ...] = ("training", "held-out") if part == "all" else (part,)
        values = np.full(len(self._images.paths), np.nan, dtype=np.float32)
        label = ""
        for split in splits:
            found = cached_difficulty(
                self._folder,
                self._catalog,
                self._images,
                (step, split),
                progress=lambda done, total: progress(
                    done, total, f"Measuring single images {done:,} of {total:,}"
                ),
                cancelled=cancelled,
            )
            values[self._rows(split)] = found.values.numpy()
            label = LOSS_LABELS[found.kind]
        return ImageLosses(values[self._rows(part)], label)

    def factors(self) -> tuple[Factor, ...]:
        """Return what else is known of generated images."""
        return read_factors(self._images)

    def embed_query(self, step: int, image: Path | bytes) -> Query:
        """Return a foreign picture's embedding; DataError if it is not an image."""
        pixels = read_query(image, self._images_data(), depth_range=self._images.depth_range)
        vector = self._trained(step).embed(pixels[None])[0]
        return Query(vector=vector, image=pixels)

    def cached_map(self, key: MapKey) -> MapResult | None:
        """Return a map that was stored before."""
        file = self._map_file(key)
        try:
            with np.load(file, allow_pickle=False) as content:
                numbers = content["numbers"]
                return MapResult(
                    points=content["points"],
                    trustworthiness=float(numbers[0]),
                    neighbours_kept=float(numbers[1]),
                    seconds=float(numbers[2]),
                    method=str(content["method"]),
                )
        except UNREADABLE:
            # Never computed, or cut off: it can be made again.
            return None

    def store_map(self, key: MapKey, result: MapResult) -> None:
        """Keep a finished map in the run's folder."""
        numbers = np.array([result.trustworthiness, result.neighbours_kept, result.seconds])

        def write(temporary: Path) -> None:
            with temporary.open("wb") as stream:
                np.savez(
                    stream, points=result.points, numbers=numbers, method=np.str_(result.method)
                )

        file = self._map_file(key)
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, write)

    def _rows(self, part: Part) -> np.ndarray:
        if part == "all":
            return np.arange(len(self._images.paths))
        images = self._images
        return images.held_out_indices() if part == "held-out" else images.train_indices()

    def _trained(self, step: int) -> TrainedEncoder:
        return from_run(self._folder, self._catalog, step=step)

    def _images_data(self) -> DataSpec:
        return self._folder.recipe(self._catalog).data

    def _map_file(self, key: MapKey) -> Path:
        words = json.dumps([key.part, as_json(key.settings), self._images.fingerprint])
        digest = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
        return self._folder.path / "embeddings" / f"map-{key.step:08d}-{digest}.npz"


def _chosen(table: Embeddings, rows: np.ndarray) -> Embeddings:
    return replace(
        table,
        vectors=table.vectors[rows],
        paths=tuple(table.paths[row] for row in rows),
        labels=table.labels[rows],
        split=table.split[rows],
    )


def _unit(table: Embeddings) -> Embeddings:
    lengths = np.linalg.norm(table.vectors, axis=1, keepdims=True)
    return replace(table, vectors=table.vectors / np.maximum(lengths, 1e-12))
