"""The three ways to lay embeddings out in the plane; the code that runs inside the worker."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import cast

import numpy as np

from sslstudio.domain.errors import CancelledError, DataError
from sslstudio.services.maps.neighbour_graph import nearest_neighbours, unit_length
from sslstudio.services.maps.settings import MapSettings, TsneSettings, UmapSettings

# A picture of the unfinished map at most this often; more would only keep the pipe busy.
SECONDS_BETWEEN_REPORTS = 0.15
EARLY_ITERATIONS = 250
EARLY_EXAGGERATION = 12
# Point-epochs in all: 10,000 points get 300 epochs, which look like 500 and take 60 % of the time.
UMAP_WORK = 3_000_000


@dataclass(slots=True)
class Reporter:
    """Tells how far a job is, a few times a second, and stops it once it was cancelled."""

    send: Callable[[float, str, np.ndarray | None], None]
    cancelled: Callable[[], bool]
    _last: float = field(default=0.0, init=False)

    def __call__(self, share: float, words: str, layout: np.ndarray | None = None) -> None:
        """Report the share that is done; CancelledError if the job is no longer wanted."""
        if self.cancelled():
            raise CancelledError("The map was stopped.")
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_REPORTS:
            self._last = now
            self.send(share, words, layout)


def project(
    vectors: np.ndarray, settings: MapSettings, start: np.ndarray | None, report: Reporter
) -> np.ndarray:
    """Return the map of `vectors` (n, d) of unit length as float32 (n, 2).

    `start` (n, 2) is an earlier map of the same images that the new one should resemble.
    """
    if np.ptp(vectors, axis=0).max() < 1e-6:
        raise DataError(
            f"All {len(vectors):,} embeddings are the same vector, so there is nothing to map.",
            "The encoder has collapsed: choose an earlier checkpoint or train another recipe.",
        )
    if isinstance(settings, UmapSettings):
        points = _umap(vectors, settings, start, report)
    elif isinstance(settings, TsneSettings):
        points = _tsne(vectors, settings, start, report)
    else:
        report(0.1, "PCA")
        points = principal_plane(vectors)
    points = np.ascontiguousarray(_turned_towards(points, start), dtype=np.float32)
    if not np.isfinite(points).all():
        raise DataError(
            f"{settings.title} gave positions that are not numbers.",
            "The embeddings may have collapsed to a few vectors; PCA still shows them.",
        )
    return points


def principal_plane(vectors: np.ndarray) -> np.ndarray:
    """Return the vectors (n, d) in the two directions of largest variance, as (n, 2)."""
    centred = vectors - vectors.mean(axis=0)
    if centred.shape[1] == 1:
        return np.hstack([centred, np.zeros_like(centred)])
    covariance = centred.T.astype(np.float64) @ centred  # (d, d)
    directions = np.linalg.eigh(covariance)[1][:, :-3:-1]
    # An eigenvector's sign is arbitrary: its largest entry points up, so that maps repeat.
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, [0, 1]])
    return np.asarray(centred @ directions)


def warm_umap() -> None:
    """Import UMAP and run it once on a handful of points, so that numba compiles its parts."""
    vectors = unit_length(np.random.default_rng(0).normal(size=(64, 8)))
    quiet = Reporter(lambda *_: None, lambda: False)
    _umap(vectors, UmapSettings(), None, quiet)


def _tsne(
    vectors: np.ndarray, settings: TsneSettings, start: np.ndarray | None, report: Reporter
) -> np.ndarray:
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    perplexity = min(settings.perplexity, (len(vectors) - 1) / 3)
    found = nearest_neighbours(
        vectors, int(3 * perplexity), lambda share: report(0.1 * share, "Finding neighbours")
    )
    affinities = PerplexityBasedNN(knn_index=PrecomputedNeighbors(*found), perplexity=perplexity)
    early = min(EARLY_ITERATIONS, settings.iterations // 2)

    watch = _IterationReader(report, settings.iterations)
    first = principal_plane(vectors) if start is None else start
    layout = TSNEEmbedding(
        1e-4 * first / first[:, 0].std(), affinities, random_state=settings.seed, n_jobs=-1
    )
    every = {"callbacks": watch, "callbacks_every_iters": 10}
    layout = layout.optimize(early, exaggeration=EARLY_EXAGGERATION, **every)
    watch.done = early
    rest = settings.iterations - early
    return np.asarray(layout.optimize(rest, exaggeration=settings.exaggeration, **every))


class _IterationReader:
    """What openTSNE calls every few iterations; it reports the layout so far, or cancels."""

    def __init__(self, report: Reporter, iterations: int) -> None:
        self.done = 0
        self._report = report
        self._iterations = iterations

    def __call__(self, iteration: int, _divergence: float, layout: np.ndarray) -> None:
        step = self.done + iteration
        words = f"t-SNE, step {step:,} of {self._iterations:,}"
        share = 0.1 + 0.85 * step / self._iterations
        self._report(share, words, np.array(layout, dtype=np.float32))


class _EpochReader(io.TextIOBase):
    """The file that UMAP writes its progress bar to; writing into it reports or cancels."""

    def __init__(self, report: Reporter) -> None:
        super().__init__()
        self._report = report

    def write(self, text: str) -> int:
        done, _, total = text.strip().partition("/")
        if done.isdigit() and total.isdigit():
            share = 0.15 + 0.8 * int(done) / max(1, int(total))
            self._report(share, f"UMAP, epoch {int(done):,} of {int(total):,}")
        return len(text)


def _umap(
    vectors: np.ndarray, settings: UmapSettings, start: np.ndarray | None, report: Reporter
) -> np.ndarray:
    # umap imports TensorFlow, Keras and torch for a part that is not used here, if it finds them.
    cast(dict[str, ModuleType | None], sys.modules)["tensorflow"] = None
    from umap import UMAP

    points = len(vectors)
    count = min(settings.neighbours, points - 1)
    indices, distances = nearest_neighbours(
        vectors, count - 1, lambda share: report(0.1 * share, "Finding neighbours")
    )
    # UMAP counts a point as its own first neighbour.
    own = np.arange(points)[:, None]
    graph = np.hstack([own, indices]), np.hstack([np.zeros_like(distances[:, :1]), distances])
    report(0.12, "UMAP, first layout")
    layout = UMAP(
        n_neighbors=count,
        min_dist=settings.minimum_distance,
        metric="cosine",
        precomputed_knn=graph,
        init="spectral" if start is None else _umap_start(start),
        n_epochs=int(np.clip(UMAP_WORK / points, 200, 500)),
        random_state=settings.seed,
        n_jobs=1,
        tqdm_kwds={
            "file": _EpochReader(report),
            "bar_format": "{n_fmt}/{total_fmt}",
            "disable": False,
        },
    )
    return np.asarray(layout.fit_transform(vectors))


def _umap_start(start: np.ndarray) -> np.ndarray:
    """Return an earlier map at the size that UMAP's own first layouts have."""
    centred = start - start.mean(axis=0)
    return np.asarray(10 * centred / max(1e-9, float(np.abs(centred).max())), dtype=np.float32)


def _turned_towards(points: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Return the points turned and mirrored, without stretching, to lie as `start` does."""
    if start is None or not np.isfinite(points).all():
        return points
    centred = points - points.mean(axis=0)
    left, _, right = np.linalg.svd(centred.T @ (start - start.mean(axis=0)))
    return np.asarray(centred @ left @ right)
