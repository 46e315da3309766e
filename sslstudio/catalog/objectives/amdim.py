"""Augmented multiscale deep infomax, AMDIM (Bachman, Hjelm & Buchwalter 2019, arXiv:1906.00910).

The representation of a whole view must tell the parts of another view of the same image from the
parts of other images. An encoder gives f1 (the whole), f5 and f7 (maps whose positions see little
of the image), and for an asking feature a and an answering one b
    loss = -log exp(s(a, b)) / (exp(s(a, b)) + sum of exp(s(a, b')))   (eq. 2),
b' being all positions of that map in all other images of the batch (section 3.3). Scores are s =
phi(a) phi(b) / root(d), the root as in the authors' code, softly clipped to c tanh(s / c), c = 20;
E[s^2] before the clipping is added with weight lambda = .04 (section 3.3). Three such costs are
added (section 3.5), each over all positions that answer and both directions: f1 -> f5, f1 -> f7,
and f5 -> f5, where one position a view, drawn anew in each step, asks. phi is a 1x1 convolution,
norm, ReLU and 1x1 convolution with a linear shortcut beside it, normed.

Departures: f1 has a phi of its own kind as well, because encoders differ in width (the authors'
code leaves it as it is); phi starts at random, in that code as a linear map (an identity beside a
second convolution of zeros) and by default without the inner norm; more than two views are compared
in all ordered pairs; an encoder without maps of that kind lends its last two stages, which the
check warns of: what sees the whole image can be recognised by any global trait. No mixtures
(section 3.7).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.encoder_kinds import local_stages
from sslstudio.engine.modes import evaluation, full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective

TASKS: Final = ("1 to 5", "1 to 7", "5 to 5")


class AmdimSpec(ObjectiveSpec):
    """The whole of one view finds the parts of another."""

    kind: Literal["amdim"] = "amdim"
    any_channels: ClassVar[bool] = True
    minimum_views: ClassVar[int] = 2
    has_batch_negatives: ClassVar[bool] = True
    wants_limited_field: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("global_head", "local_heads")
    dim: Annotated[
        int,
        Range(16, 4096, log=True),
        Ui("Dimensions", "Width in which whole and parts are compared.", unit="units"),
    ] = 1024
    clip: Annotated[
        float,
        Range(1.0, 100.0, log=True),
        Ui("Clip", "Scores never pass this value, which they approach slowly.", live=True),
    ] = 20.0
    penalty: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Score penalty", "Weight of the mean squared score, which keeps them small.", live=True),
    ] = 0.04


class Scales(NamedTuple):
    """One view's embeddings, float32."""

    whole: Tensor  # (batch, dim)
    narrow: Tensor  # (batch, dim, positions of f5)
    wide: Tensor  # (batch, dim, positions of f7)


class Price(NamedTuple):
    """What one task costs between two views."""

    loss: Tensor
    square: Tensor
    accuracy: Tensor


class SkipHead(nn.Module):
    """Two 1x1 convolutions with a linear shortcut beside them, normed."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.work = nn.Sequential(
            nn.Conv2d(before, after, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 1, bias=False),
        )
        self.shortcut = nn.Conv2d(before, after, 1)
        self.norm = nn.BatchNorm2d(after)

    def forward(self, features: Tensor) -> Tensor:
        """Return the embedding of every position  # (batch, after, height, width)."""
        embedded: Tensor = self.norm(self.work(features) + self.shortcut(features))
        return embedded


class Amdim(Objective):
    """Encoder, a head for the whole, and one for each of two local maps."""

    def __init__(self, spec: AmdimSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.batch_size = context.batch_size
        self.stages = local_stages(self.encoder)
        wide, narrow = (self.encoder.stage_dims[stage] for stage in self.stages)
        self.global_head = SkipHead(self.encoder.dim, spec.dim)
        self.local_heads = nn.ModuleDict(
            {"wide": SkipHead(wide, spec.dim), "narrow": SkipHead(narrow, spec.dim)}
        )
        self.positions = _positions(self.encoder, self.stages, context)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, its three costs, the mean squared score, and the share of hits."""
        del player
        views = [self._scales(view) for view in batch.views]
        found: dict[str, list[Price]] = {task: [] for task in TASKS}
        for first, second in itertools.permutations(views, 2):
            found[TASKS[0]].append(self._price(first.whole, second.narrow))
            found[TASKS[1]].append(self._price(first.whole, second.wide))
            found[TASKS[2]].append(self._price(_drawn(first.narrow), second.narrow))
        prices = {task: _mean(several) for task, several in found.items()}
        losses = torch.stack([price.loss for price in prices.values()])
        squares = torch.stack([price.square for price in prices.values()])
        return {
            "loss": losses.sum() + self.spec.penalty * squares.sum(),
            **{task: price.loss.detach() for task, price in prices.items()},
            "squared score": squares.mean().detach(),
            "accuracy": torch.stack([price.accuracy for price in prices.values()]).mean(),
        }

    def _scales(self, view: Tensor) -> Scales:
        maps = self.encoder.stages(view)
        wide, narrow = (_map(maps[stage]) for stage in self.stages)
        h = self.encoder.pool(list(maps.values())[-1])
        return Scales(
            whole=self.project(h).float(),
            narrow=self.local_heads["narrow"](narrow).flatten(2).float(),
            wide=self.local_heads["wide"](wide).flatten(2).float(),
        )

    def _price(self, asking: Tensor, answers: Tensor) -> Price:
        """Return what it costs to find the own image's positions among all others'.

        # (batch, dim), (batch, dim, positions)
        """
        with full_precision(asking):
            scores = torch.einsum("nd,mdp->nmp", asking, answers) / math.sqrt(asking.shape[1])
            clipped = self.spec.clip * (scores / self.spec.clip).tanh()
            own = clipped.diagonal(dim1=0, dim2=1).T  # (batch, positions)
            is_own = torch.eye(len(asking), dtype=torch.bool, device=asking.device)
            others = clipped.masked_fill(is_own[:, :, None], -torch.inf).flatten(1)
            loss = F.softplus(others.logsumexp(dim=1, keepdim=True) - own).mean()
            hits = own.detach() > others.detach().amax(dim=1, keepdim=True)
        return Price(loss, scores.square().mean(), hits.float().mean())

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what scores cost that are all alike."""
        wide, narrow = self.positions
        others = self.batch_size - 1
        values = [math.log1p(others * count) for count in (narrow, wide, narrow)]
        meaning = "All parts of all images get the same score."
        shown = zip(("loss", *TASKS), (sum(values), *values), strict=True)
        return tuple(
            Anchor(term=term, label="equal scores", value=value, meaning=meaning, kind="chance")
            for term, value in shown
        )

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding of the whole  # (batch, dim) -> (batch, head's dim)."""
        z: Tensor = self.global_head(h[:, :, None, None]).flatten(1)
        return z

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose clip and penalty may change while training."""
        return {"objective": self}


def _drawn(features: Tensor) -> Tensor:
    """Return one position of each image, drawn blindly  # (batch, dim, n) -> (batch, dim)."""
    count, _, places = features.shape
    rows = torch.arange(count, device=features.device)
    return features[rows, :, torch.randint(places, (count,), device=features.device)]


def _mean(prices: list[Price]) -> Price:
    return Price(*(torch.stack(values).mean() for values in zip(*prices, strict=True)))


def _map(features: Tensor) -> Tensor:
    if features.ndim != 4:
        raise RecipeError(
            "This encoder's last stages are no maps of positions, so that no parts can be found.",
            "Choose the encoder `receptive-field-limited`.",
        )
    return features


def _positions(encoder: Encoder, stages: tuple[str, str], context: BuildContext) -> tuple[int, int]:
    """Return how many positions the two local maps of the first view have."""
    channels = context.view_channels[0] if context.view_channels else context.channels
    device = next(encoder.parameters()).device
    blank = torch.zeros(1, channels, context.view_size, context.view_size, device=device)
    with evaluation(encoder):
        maps = encoder.stages(blank)
    wide, narrow = (_map(maps[stage]).shape[2:].numel() for stage in stages)
    return wide, narrow


def build(spec: AmdimSpec, context: BuildContext) -> Amdim:
    """Return the objective; RecipeError unless the encoder has two maps of positions."""
    return Amdim(spec, context)


ENTRY = Entry(
    title="AMDIM",
    spec=AmdimSpec,
    build=build,
    summary="The whole of one view finds the parts of another among those of all images.",
    citation="Bachman et al. 2019, arXiv:1906.00910",
)
