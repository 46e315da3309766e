"""Muon: momentum whose matrices are orthogonalised before the step (Jordan et al. 2024), by timm.

Each weight matrix moves along the nearest semi-orthogonal matrix to its momentum, found by five
Newton-Schulz iterations; filters of convolutions are flattened to (out, in x height x width), as
in the author's CIFAR speed runs (https://kellerjordan.github.io/posts/muon). Vectors (norms,
biases) take Adam's steps at the same rate; so that one rate suits both, an orthogonal step is
scaled to the root mean square of AdamW's (Liu et al. 2025, arXiv:2502.16982, eq. 4).

Departures: each iteration has coefficients of its own, where the author repeats one set; the last
layer, which the author leaves to AdamW, is orthogonalised as well, while matrices with a side below
4 or a ratio of sides above 128 take Adam's steps; those are Nesterov's (NAdamW); the decay is
decoupled as in AdamW and spares norms and biases.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class MuonSpec(OptimizerSpec):
    """Orthogonal steps for matrices and filters, Adam's for the rest."""

    kind: Literal["muon"] = "muon"
    learning_rate: Annotated[
        float, Range(1e-6, 1.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 3e-3
    momentum: Annotated[
        float, Range(0.0, 0.999), Ui("Momentum", "Share of the last direction that is kept.")
    ] = 0.95
    weight_decay: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 0.02


def build(spec: MuonSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        from timm.optim.muon import Muon

        optimizer: torch.optim.Optimizer = Muon(
            groups,
            lr=spec.learning_rate,
            momentum=spec.momentum,
            nesterov=True,
            conv_mode="flatten",
            adjust_lr_fn="match_rms_adamw",
        )
        return optimizer

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


ENTRY = Entry(
    title="Muon",
    spec=MuonSpec,
    build=build,
    summary="Orthogonal steps for matrices and filters; often faster than AdamW in short runs.",
    citation="Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982",
)
