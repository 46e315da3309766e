"""Looking at a model while it trains, without touching its weights, statistics or randomness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.events import ShownRow
from sslstudio.engine.attention_maps import attention_pictures, looked_at
from sslstudio.engine.exhibition import Exhibition, to_pictures
from sslstudio.engine.gallery import (
    SHOWN_CLUSTERS,
    Gallery,
    Sorting,
    cluster_gallery,
    neighbour_gallery,
    prototype_gallery,
    typical_first,
)
from sslstudio.engine.imaging.operation import sent
from sslstudio.engine.joint import PairLoss
from sslstudio.engine.parts import PAIRED_IMAGES, Batch, Reading, Snapshot
from sslstudio.engine.plan import Compute, Parts, Plan, ViewSource
from sslstudio.engine.precision import autocast
from sslstudio.engine.sampling import seeded
from sslstudio.engine.views import NO_DRAWS, Draws, of_kinds

PROBE_IMAGES = 1024
"""Images a measurement looks at: enough for the rank of 256 dimensions (N >= 4 d)."""
BANK_IMAGES = 2048
SMALLEST_VALIDATION = 64
"""With fewer the standard error of a kNN accuracy is above .06."""
CHUNK = 512
PICTURES = 16
GALLERY_IMAGES = 512
"""Images among which neighbours and prototypes' images are sought; more make pictures rarer."""
TYPICAL_AMONG = 40
"""Members of a shown cluster among which the most typical ones are sought."""
ATTENTION_IMAGES = 8


class Observer:
    """Takes snapshots of a fixed set of images and lets the monitors read them."""

    def __init__(self, parts: Parts, plan: Plan) -> None:
        self.parts = parts
        self.plan = plan
        store = plan.store
        rows, others = store.validation, store.train
        if len(rows) < SMALLEST_VALIDATION:
            # Too few to judge by; an image must not be its own neighbour in the bank either.
            halves = torch.randperm(len(others), generator=seeded("cpu", plan.seed, "halves"))
            middle = len(others) // 2
            rows, others = others[halves[:middle]], others[halves[middle:]]
        order = torch.randperm(len(rows), generator=seeded("cpu", plan.seed, "probe"))
        self.probe = rows[order[:PROBE_IMAGES]]
        bank_order = torch.randperm(len(others), generator=seeded("cpu", plan.seed, "bank"))
        self.bank = others[bank_order[:BANK_IMAGES]]

    def measure(self, step: int, *, with_bank: bool) -> tuple[Reading, ...]:
        """Return every monitor's readings for the present weights."""
        snapshot = self.snapshot(step, with_bank=with_bank)
        return tuple(r for monitor in self.parts.monitors for r in monitor.read(snapshot))

    def snapshot(self, step: int, *, with_bank: bool) -> Snapshot:
        """Return the embeddings of the fixed images by the present weights."""
        store = self.plan.store
        with self._quietly():
            h = self.embed(self.probe)
            pooled = h if self.parts.kept.is_output else self._embed_output(self.probe)
            bank = self.embed(self.bank) if with_bank else None
            return Snapshot(
                h=h,
                z=self._project(pooled),
                z_views=self._paired(),
                labels=store.labels[self.probe],
                bank=bank,
                bank_labels=store.labels[self.bank] if with_bank else None,
                h_painted=self._painted(),
                step=step,
            )

    def embed(self, rows: Tensor) -> Tensor:
        """Return the kept layers of un-augmented images, float32  # (rows, dim)."""
        return self._passed(self.parts.kept, rows)

    def _embed_output(self, rows: Tensor) -> Tensor:
        return self._passed(self.parts.encoder, rows)

    def _passed(self, network: nn.Module, rows: Tensor) -> Tensor:
        chunks = (self._clean(chunk) for chunk in rows.split(CHUNK))
        return torch.cat([encode(network, chunk, self.plan.compute) for chunk in chunks])

    def _painted(self) -> Tensor | None:
        """Return the kept layers of images painted from the same noise  # (samples, dim)."""
        generator = seeded("cpu", self.plan.seed, "samples")
        images = self.parts.objective.samples(PAIRED_IMAGES, generator)
        if images is None:
            return None
        return encode(self.parts.kept, self._normalised(images), self.plan.compute)

    def pictures(self) -> Exhibition:
        """Return pictures of one pair, of the model's answers and of what it looks at."""
        shown = Exhibition()
        with self._quietly():
            batch = self._batch(self.probe[:PAIRED_IMAGES], seeded("cpu", self.plan.seed, "show"))
            self._show_answers(shown, _first(batch, PICTURES))
            self._show_gallery(shown)
            self._show_attention(shown)
            if len(_read_alike(batch)) > 1:
                shown.arrays |= self._pair(batch)
                shown.numbers |= self._pair_numbers(batch)
        return shown

    def _show_answers(self, shown: Exhibition, batch: Batch) -> None:
        hits = self.parts.objective.hits(batch)
        for caption, images in self.parts.objective.exhibit(batch).items():
            marks = tuple(hits[caption].tolist()) if caption in hits else ()
            shown.add(ShownRow(caption=caption, marks=marks), images)

    def _show_gallery(self, shown: Exhibition) -> None:
        """Add the clusters or prototypes, or neighbours where the task has no answer to show."""
        clusters = self.parts.objective.image_clusters()
        rows = self.probe[:GALLERY_IMAGES]
        if clusters is not None:
            rows = self.plan.store.train
            gallery = self._clusters(Sorting(clusters.cpu(), self._labels(rows)), rows)
        elif (scores := self._prototype_scores(rows)) is not None:
            gallery = prototype_gallery(scores, self._labels(rows))
        elif not shown.rows:
            gallery = neighbour_gallery(self.embed(rows).cpu(), self._labels(rows))
        else:
            return
        shown.numbers |= gallery.numbers
        for one in gallery.rows:
            shown.add(one.row, self.plan.store.fetch_float(rows[one.images]))

    def _clusters(self, sorting: Sorting, rows: Tensor) -> Gallery:
        order = {}
        for cluster in sorting.largest(SHOWN_CLUSTERS):
            members = sorting.members(cluster)[:TYPICAL_AMONG]
            z = self._project(self._embed_output(rows[members]))
            order[cluster] = members[typical_first(z).cpu()]
        return cluster_gallery(sorting, order, "clusters")

    def _prototype_scores(self, rows: Tensor) -> Tensor | None:
        losses = [m for m in self.parts.objective.modules() if isinstance(m, PairLoss)]
        if not losses:
            return None
        scores = losses[0].cluster_scores(self._project(self._embed_output(rows)))
        return None if scores is None else scores.cpu()

    def _show_attention(self, shown: Exhibition) -> None:
        encoder, rows = self.parts.encoder, self.probe[:ATTENTION_IMAGES]
        with autocast(self.plan.compute):
            weights = encoder.attention(self._clean(rows))
        maps = None if weights is None else looked_at(weights, encoder.extra_tokens)
        if maps is None:
            return
        for name, images in attention_pictures(self.plan.store.fetch_float(rows), maps).items():
            shown.add(ShownRow(caption=name, group="attention"), images)

    def _labels(self, rows: Tensor) -> Tensor:
        labels = self.plan.store.labels
        return labels[rows.to(labels.device)].cpu()

    def _pair(self, batch: Batch) -> dict[str, npt.NDArray[np.uint8]]:
        normalise = self.parts.normalise
        names = ("view_a", "view_b")
        shown = [
            v[:1] if normalise is None else normalise.invert(v[:1]) for v in _read_alike(batch)[:2]
        ]
        return {name: to_pictures(view)[0] for name, view in zip(names, shown, strict=True)}

    def _pair_numbers(self, batch: Batch) -> dict[str, float]:
        first, second = (F.normalize(z, dim=1) for z in self._embed_views(_read_alike(batch)[:2]))
        similarity = first[:1] @ second.T
        others = similarity[0, 1:]
        hardest = float(others.max()) if len(others) else float("nan")
        return {"cosine": float(similarity[0, 0]), "hardest_negative": hardest}

    def _paired(self) -> tuple[Tensor, ...]:
        rows = self.probe[:PAIRED_IMAGES]
        views = _read_alike(self._batch(rows, seeded("cpu", self.plan.seed, "pairs")))
        return self._embed_views(views[:2]) if len(views) > 1 else ()

    def _embed_views(self, views: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        compute = self.plan.compute
        return tuple(self._project(encode(self.parts.encoder, v, compute)) for v in views)

    def _project(self, h: Tensor) -> Tensor:
        return self.parts.objective.project(h).float()

    def _batch(self, rows: Tensor, generator: torch.Generator) -> Batch:
        return draw_batch(self.parts, self.plan, rows, torch.arange(len(rows)), generator)

    def _clean(self, rows: Tensor) -> Tensor:
        return self._normalised(self.plan.store.fetch_float(rows))

    def _normalised(self, images: Tensor) -> Tensor:
        return images if self.parts.normalise is None else self.parts.normalise.apply(images)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        modes = {module: module.training for module in self.parts.objective.modules()}
        self.parts.objective.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            for module, mode in modes.items():
                module.training = mode


def _read_alike(batch: Batch) -> tuple[Tensor, ...]:
    """Return the views that the encoder can read: those with the first one's channels."""
    return tuple(view for view in batch.views if view.shape[1] == batch.views[0].shape[1])


def draw_batch(
    parts: Parts, plan: Plan, rows: Tensor, indices: Tensor, generator: torch.Generator
) -> Batch:
    """Return a batch of views of these rows; `indices` count among the training images."""
    raw = plan.store.fetch(rows)
    layout = torch.channels_last if plan.compute.channels_last else torch.contiguous_format
    views: list[Tensor] = []
    first: Draws = NO_DRAWS
    for source in parts.views:
        for _ in range(source.copies):
            shown = _frames(source, plan, rows, raw, generator)
            view, draws = source.pipeline.drawn(shown, generator, of_kinds(first, source.shares))
            first = first if views else draws
            views.append(view.contiguous(memory_format=layout))
    return Batch(
        views=tuple(views),
        images=raw.float().div_(255.0),
        indices=sent(indices, raw.device),
        labels=plan.store.labels[sent(rows, plan.store.labels.device)],
    )


def _frames(
    source: ViewSource, plan: Plan, rows: Tensor, raw: Tensor, generator: torch.Generator
) -> Tensor:
    """Return the images that a view shows: these rows, or neighbouring frames of them."""
    if source.frames == 0:
        return raw
    return plan.store.fetch(plan.store.near(rows, source.frames, generator))


def encode(encoder: nn.Module, images: Tensor, compute: Compute) -> Tensor:
    """Return h of normalised images in float32  # (batch, dim)."""
    layout = torch.channels_last if compute.channels_last else torch.contiguous_format
    with autocast(compute):
        h: Tensor = encoder(images.contiguous(memory_format=layout))
    return h.float()


def _first(batch: Batch, count: int) -> Batch:
    return Batch(
        views=tuple(view[:count] for view in batch.views),
        images=batch.images[:count],
        indices=batch.indices[:count],
        labels=None if batch.labels is None else batch.labels[:count],
    )
