"""A multilayer head, as in SimCLR (Chen et al. 2020, arXiv:2002.05709, section 4.2).

Departures: hidden layers have batch norm, which the authors' code has too and the paper's formula
(its section 2.1) leaves out; depth, width and a norm at the output are the recipe's, the latter
without scale and shift as in SimSiam (Chen & He 2021, arXiv:2011.10566).
"""

from __future__ import annotations

from typing import Annotated, Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ProjectorSpec
from sslstudio.engine.heads import Head, multilayer
from sslstudio.engine.parts import BuildContext


class MlpSpec(ProjectorSpec):
    """Linear layers with batch norm and ReLU between them."""

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[
        int, Range(8, 8192, log=True), Ui("Hidden", "Width of the hidden layers.", unit="units")
    ] = 512
    output: Annotated[
        int, Range(2, 8192, log=True), Ui("Output", "Width of the output.", unit="units")
    ] = 128
    layers: Annotated[int, Range(1, 4), Ui("Layers", "Linear layers in all.")] = 2
    output_norm: Annotated[bool, Ui("Output norm", "Batch norm after the last layer as well.")] = (
        False
    )


def build(spec: MlpSpec, context: BuildContext) -> Head:
    """Return the head for vectors of the context's width."""
    sizes = [context.dim, *[spec.hidden] * (spec.layers - 1), spec.output]
    network = multilayer(sizes, hidden_norm=True, output_norm=spec.output_norm)
    return Head(network, dim=spec.output)


ENTRY = Entry(
    title="MLP",
    spec=MlpSpec,
    build=build,
    summary="Linear layers with batch norm; absorbs what the loss destroys.",
    citation="Chen et al. 2020, arXiv:2002.05709",
)
