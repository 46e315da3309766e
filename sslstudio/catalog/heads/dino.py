"""DINO's head (Caron et al. 2021, arXiv:2104.14294, section 3.1 and appendix C).

A multilayer network with GELU, l2 normalisation of its narrow output, and a last linear layer
without bias whose rows have length one (weight norm with its scale g fixed at 1): each of the K
outputs is a cosine to a direction that is learnt. The student's last layer stays as it is for
the first share of the budget; the teacher's only ever follows the student's.

Departures: batch norm after the hidden layers by default, as the paper has for convolutional
encoders only (ViTs train without); the weight norm is written as a division by the rows' length,
which is the same function; K falls with the root of the number of images from the paper's 65536.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ProjectorSpec
from sslstudio.engine.heads import Head, multilayer
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, ParameterGroup
from sslstudio.engine.scaling import scaled_by_root

PAPER_OUTPUTS: Final = 65_536
FEWEST_OUTPUTS: Final = 64


class DinoHeadSpec(ProjectorSpec):
    """An MLP onto the unit sphere, then cosines to learnt directions."""

    kind: Literal["dino"] = "dino"
    hidden: Annotated[
        int, Range(8, 8192, log=True), Ui("Hidden", "Width of the hidden layers.", unit="units")
    ] = 512
    layers: Annotated[int, Range(1, 4), Ui("Layers", "Linear layers before the normalisation.")] = 3
    bottleneck: Annotated[
        int,
        Range(2, 2048, log=True),
        Ui("Bottleneck", "Width of the normalised vector.", unit="units"),
    ] = 128
    output: Annotated[
        int | None,
        Range(2, 65_536, log=True),
        Ui(
            "Outputs",
            "Directions K to sort images by; empty chooses 65536 at ImageNet's size, falling "
            "with the root of the number of images.",
        ),
    ] = None
    hidden_norm: Annotated[
        bool, Ui("Hidden norm", "Batch norm after the hidden layers; off for transformers.")
    ] = True
    frozen_until: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Frozen until",
            "Share of the budget in which the student's last layer does not move.",
            unit="share",
            advanced=True,
        ),
    ] = 0.02


class Directions(nn.Module):
    """A linear layer of unit inputs and unit rows: cosines."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before) / math.sqrt(before))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the cosine to every direction, in fp32  # (batch, before) -> (batch, after)."""
        with full_precision(vectors):
            unit = F.normalize(vectors.float(), dim=1)
            return F.linear(unit, F.normalize(self.weight, dim=1))


class DinoHead(Head):
    """The head, whose last layer waits before it moves."""

    def __init__(self, spec: DinoHeadSpec, before: int, outputs: int) -> None:
        sizes = [before, *[spec.hidden] * (spec.layers - 1), spec.bottleneck]
        network = multilayer(
            sizes, hidden_norm=spec.hidden_norm, output_norm=False, activation=nn.GELU
        )
        self._frozen_until = spec.frozen_until
        super().__init__(nn.Sequential(network, Directions(spec.bottleneck, outputs)), dim=outputs)

    def own_groups(self) -> tuple[ParameterGroup, ...]:
        """Return the last layer, frozen for its share of the budget."""
        last = list(self.network.get_submodule("1").parameters())
        return (ParameterGroup(parameters=last, frozen_until=self._frozen_until),)


def _outputs(images: int) -> int:
    """Return a power of two near the paper's number, scaled by the root of the images."""
    wanted = 1 << round(math.log2(scaled_by_root(PAPER_OUTPUTS, images)))
    return max(FEWEST_OUTPUTS, min(PAPER_OUTPUTS, wanted))


def build(spec: DinoHeadSpec, context: BuildContext) -> DinoHead:
    """Return the head for vectors of the context's width."""
    return DinoHead(spec, context.dim, spec.output or _outputs(context.train_images))


ENTRY = Entry(
    title="DINO head",
    spec=DinoHeadSpec,
    build=build,
    summary="An MLP onto the unit sphere and a layer of learnt directions with unit length.",
    citation="Caron et al. 2021, arXiv:2104.14294",
)
