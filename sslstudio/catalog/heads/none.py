"""No head: the embedding passes through unchanged.

What SimCLR compares its heads with (Chen et al. 2020, arXiv:2002.05709, section 4.2, figure 8).

Departures: none.
"""

from __future__ import annotations

from typing import Literal

from torch import nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import ProjectorSpec
from sslstudio.engine.heads import Head
from sslstudio.engine.parts import BuildContext


class NoHeadSpec(ProjectorSpec):
    """Nothing between what comes in and what goes out."""

    kind: Literal["none"] = "none"


def build(_spec: NoHeadSpec, context: BuildContext) -> Head:
    """Return the identity on vectors of the context's width."""
    return Head(nn.Identity(), dim=context.dim, is_identity=True)


ENTRY = Entry(
    title="None",
    spec=NoHeadSpec,
    build=build,
    summary="No head: the loss sees the representation itself.",
)
