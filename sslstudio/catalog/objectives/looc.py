"""Leave-one-out contrast (Xiao et al. 2021, arXiv:2008.05659, section 3, eq. 2).

One encoder, and a space for each augmentation beside one for none. The first view is the query q;
key 0 draws every augmentation anew, key i repeats the query's draw of augmentation i and draws all
others anew. In space 0 the query finds key 0 among other images; in space i it finds key i among
other images and among the keys of its own image that have another draw of augmentation i. So
space 0 learns to ignore all augmentations, space i to keep what augmentation i did. With
E_ij = exp(z_i(q) z_i(k_j) / t) and stored keys k of space i,
    loss = -1/(n+1) [log E_00 / (E_00 + sum_k E_0k)
                     + sum over i of log E_ii / (sum over j of E_ij + sum_k E_ik)].
Keys come from an averaged encoder with averaged heads and enter their space's queue after the step
(He et al. 2020, arXiv:1911.05722), which starts with random directions.

Departures: an "augmentation" may be several operations whose draws are shared together (jitter and
grayscale for colours); keys that repeat a space's draws and others besides are neither positives
nor negatives there; queues and hidden layers are smaller, the average is faster, hidden layers
have batch norm, which is split as for MoCo. The encoder's h is kept, which is the paper's LooC;
LooC++, the concatenation of the spaces' hidden layers, is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.average import follow, frozen_copy
from sslstudio.engine.heads import ProjectorHidden, multilayer
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective
from sslstudio.engine.split_norm import in_blocks, in_strides
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.vector_queue import VectorQueue, queue_length

GROUPS: Final = 8
SHARE: Final = 0.25
PAPER_QUEUE: Final = 16_384


class LoocSpec(ObjectiveSpec):
    """Ignore all augmentations in one space, and keep one of them in each other space."""

    kind: Literal["looc"] = "looc"
    any_channels: ClassVar[bool] = True
    minimum_views: ClassVar[int] = 2
    leaves_out: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("spaces",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("queues", "loss"),)
    hidden: ProjectorHidden = 512
    dim: Annotated[
        int, Range(8, 1024, log=True), Ui("Dimensions", "Width of each space.", unit="units")
    ] = 128
    temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Temperature", "Smaller values look at the nearest keys only.", live=True),
    ] = 0.2
    queue: Annotated[
        int | None,
        Range(16, 65_536, log=True),
        Ui(
            "Queue",
            "Stored keys of each space; empty takes a quarter of the images, at most 16,384.",
            unit="keys",
        ),
    ] = None
    momentum: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Momentum",
            "Share of the old weights that the averaged encoder keeps at each step.",
            live=True,
        ),
    ] = 0.99


@dataclass(frozen=True, slots=True)
class Space:
    """Which keys a query should find in a space, and which keys of its own image it should not."""

    kept: tuple[str, ...]
    """Operations whose effect the space keeps; none in the first space."""
    positives: tuple[int, ...]
    negatives: tuple[int, ...]

    @property
    def name(self) -> str:
        """What the space is called in the terms."""
        return f"keeps {' and '.join(self.kept)}" if self.kept else "ignores all"


def spaces_of(view_shares: Sequence[Sequence[str]]) -> tuple[Space, ...]:
    """Return a space for each set of operations that keys repeat; keys count from the second view.

    RecipeError unless one key repeats nothing and another one something.
    """
    keys = [frozenset(shares) for shares in view_shares[1:]]
    nothing: frozenset[str] = frozenset()
    if nothing not in keys or set(keys) == {nothing}:
        raise RecipeError(
            "views: leaving augmentations out needs, beside the first view, one that draws "
            "everything anew and one at least that shares a draw with the first.",
            "Let the first pipeline draw two views, and add one for each augmentation, with that "
            "augmentation among its shared draws.",
        )
    return tuple(
        Space(
            kept=tuple(sorted(kept)),
            positives=tuple(number for number, key in enumerate(keys) if key == kept),
            negatives=tuple(number for number, key in enumerate(keys) if not kept <= key),
        )
        for kept in dict.fromkeys((nothing, *keys))
    )


class Heads(nn.Module):
    """One projector for each space  # (batch, width) -> (batch, spaces, dim)."""

    def __init__(self, width: int, spec: LoocSpec, spaces: int) -> None:
        super().__init__()
        sizes = [width, spec.hidden, spec.dim]
        self.projectors = nn.ModuleList(
            multilayer(sizes, hidden_norm=True, output_norm=False) for _ in range(spaces)
        )

    def forward(self, h: Tensor) -> Tensor:
        """Return the point on the unit sphere in every space."""
        points = torch.stack([projector(h) for projector in self.projectors], dim=1)
        return F.normalize(points.float(), dim=2)


class LeaveOneOut(Objective):
    """Encoder and one projector for each space, their slow average, and stored keys."""

    def __init__(
        self, spec: LoocSpec, encoder: Encoder, layout: tuple[Space, ...], images: int
    ) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.layout = layout
        self.spaces = Heads(encoder.dim, spec, len(layout))
        self.teacher = frozen_copy(self._online())
        length = queue_length(
            spec.queue, images, share=SHARE, most=PAPER_QUEUE, field="objective.queue"
        )
        self.queues = nn.ModuleList(VectorQueue(length, spec.dim) for _ in layout)
        self._keys = StepMemory()

    def _online(self) -> nn.Sequential:
        return nn.Sequential(self.encoder, self.spaces)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, that of each space, and how often a space tells its augmentation."""
        del player
        query = in_blocks(self._online(), batch.views[0], GROUPS)  # (batch, spaces, dim)
        keys = self._embedded(batch.views[1:])
        if self.training:
            stored = [keys[:, space.positives[0], n] for n, space in enumerate(self.layout)]
            self._keys.add(*stored)
        prices: list[Tensor] = []
        shown: dict[str, Tensor] = {}
        with full_precision(query):
            for number, (space, queue) in enumerate(zip(self.layout, self._stored(), strict=True)):
                asked = query[:, number]
                own = torch.einsum("bd,bkd->bk", asked, keys[:, :, number])
                prices.append(self._price(space, own, asked @ queue.vectors.T))
                shown[f"{space.name}: loss"] = prices[-1].detach()
                shown |= _told(space, own.detach())
        return {"loss": torch.stack(prices).mean(), **shown}

    @torch.no_grad()
    def _embedded(self, views: Sequence[Tensor]) -> Tensor:
        """Return the averaged network's keys of all views  # (batch, keys, spaces, dim)."""
        found = [in_strides(self.teacher, view, GROUPS) for view in views]
        return torch.stack(found, dim=1)

    def _price(self, space: Space, own: Tensor, memory: Tensor) -> Tensor:
        """Return minus the log-share of each positive, averaged  # (batch, keys), (batch, any)."""
        negatives = torch.cat([own[:, list(space.negatives)], memory], dim=1)
        crowd = (negatives / self.spec.temperature).logsumexp(dim=1)
        positives = own[:, list(space.positives)] / self.spec.temperature
        return F.softplus(crowd[:, None] - positives).mean()

    def _stored(self) -> list[VectorQueue]:
        return [cast(VectorQueue, queue) for queue in self.queues]

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what embeddings that are all alike cost, and what guessing tells."""
        stored = len(self._stored()[0].vectors)
        counts = [stored + len(space.negatives) + 1 for space in self.layout]
        whole = sum(math.log(count) for count in counts) / len(counts)
        spaces = [
            _alike(f"{space.name}: loss", f"ln({count:,})", math.log(count))
            for space, count in zip(self.layout, counts, strict=True)
        ]
        return (
            _alike("loss", "mean over spaces", whole),
            *spaces,
            *(_guess(space) for space in self.layout if space.negatives),
        )

    def after_step(self, progress: float) -> None:
        """Let the averaged network follow and store this step's keys."""
        del progress
        follow(self.teacher, self._online(), self.spec.momentum)
        # Nothing is there to take before the first step.
        for queue, keys in zip(self._stored(), self._keys.take(), strict=False):
            queue.push(keys)

    def encoder_replaced(self) -> None:
        """Let the averaged network start from the new weights."""
        self.teacher = frozen_copy(self._online())

    def project(self, h: Tensor) -> Tensor:
        """Return the point in the space that ignores all  # (batch, dim) -> (batch, space dim)."""
        points: Tensor = self.spaces(h)
        return points[:, 0]

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature and momentum may change while training."""
        return {"objective": self}


def _told(space: Space, own: Tensor) -> dict[str, Tensor]:
    """Return how often the right key is above all others of the image; nothing without others."""
    if not space.negatives:
        return {}
    best = own[:, list(space.negatives)].amax(dim=1)
    right = own[:, list(space.positives)] > best[:, None]
    return {f"{space.name}: told": right.float().mean()}


def _alike(term: str, label: str, value: float) -> Anchor:
    return Anchor(
        term=term,
        label=f"all alike: {label}",
        value=value,
        meaning="Every embedding is the same, or the guess is blind.",
        kind="collapse",
    )


def _guess(space: Space) -> Anchor:
    count = len(space.negatives) + 1
    return Anchor(
        term=f"{space.name}: told",
        label=f"1/{count}",
        value=1.0 / count,
        meaning="The space does not see what the augmentation did.",
        kind="chance",
    )


def build(spec: LoocSpec, context: BuildContext) -> LeaveOneOut:
    """Return the objective with a space and a queue for each set of shared draws."""
    images = context.run_images or context.train_images
    layout = spaces_of(context.view_shares)
    return LeaveOneOut(spec, context.require_encoder(), layout, images)


ENTRY = Entry(
    title="Leave-one-out contrast",
    spec=LoocSpec,
    build=build,
    summary="One space ignores all augmentations, each of the others keeps one of them.",
    citation="Xiao et al. 2021, arXiv:2008.05659",
)
