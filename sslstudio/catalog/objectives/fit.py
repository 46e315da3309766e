"""No training: the encoder learns in closed form before the first step, or not at all.

PCA (Hotelling 1933), k-means over patches (Coates, Ng & Lee 2011, section 3) and other transforms,
each of whose modules says what it computes and where its paper does otherwise.

Departures: none; there is no loss.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol, runtime_checkable

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, Player


class FitSpec(ObjectiveSpec):
    """Fit the encoder once, without gradients."""

    kind: Literal["fit"] = "fit"
    any_channels: ClassVar[bool] = True
    trainable: ClassVar[bool] = False


@runtime_checkable
class ReportsFit(Protocol):
    """An encoder that can say how well its fit describes the images."""

    def explained(self) -> Tensor:
        """Return the share of the pixels' variance that the representation keeps."""
        ...


class Fit(Objective):
    """Nothing but the encoder."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def players(self) -> tuple[Player, ...]:
        """Return nobody: no weight moves."""
        return ()

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the share of variance kept, if the encoder can tell; there is no loss."""
        del batch, player
        if isinstance(self.encoder, ReportsFit):
            return {"explained": self.encoder.explained()}
        return {}

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the largest share there is."""
        if not isinstance(self.encoder, ReportsFit):
            return ()
        meaning = "The images can be painted exactly from the representation."
        return (Anchor(term="explained", label="all", value=1.0, meaning=meaning, kind="bound"),)


def build(_spec: FitSpec, context: BuildContext) -> Fit:
    """Return the objective around the run's encoder."""
    return Fit(context.require_encoder())


ENTRY = Entry(
    title="Fit once",
    spec=FitSpec,
    build=build,
    summary="For encoders that are computed, not trained, such as PCA.",
)
