"""How much two views of an image say about each other (van den Oord et al. 2018, section 2.3).

I(v1; v2) >= ln(K + 1) - L (arXiv:1807.03748), in nats, where L is the InfoNCE loss of finding an
image's second view among those of K + 1 images: the mean over images and both directions of
-log(e^{s+/t} / sum e^{s/t}) with cosines of the projections z. The images are the few hundred of
a live measurement, so that the estimate never exceeds the log of their number. InfoMin (Tian et
al. 2020, arXiv:2005.10243) looks for the sweet spot: representations get worse both where views
share more than the task needs and where they share less.

Departures: the projections that the recipe trains serve as the critic; no network is trained for
the estimate alone, and a loss of another kind may leave the bound loose.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import is_measurable
from sslstudio.engine.parts import PAIRED_IMAGES, BuildContext, Gauge, Monitor, Reading, Snapshot


class MutualInformationSpec(MonitorSpec):
    """What two views still share."""

    kind: Literal["mutual-information"] = "mutual-information"
    temperature: Annotated[
        float,
        Range(0.01, 2.0, log=True),
        Ui("Temperature", "Divides the cosines; the loss's own gives the closest estimate."),
    ] = 0.2


class MutualInformation(Monitor):
    """Reads `mutual_information`."""

    def __init__(self, spec: MutualInformationSpec) -> None:
        self.spec = spec
        most = math.log(PAIRED_IMAGES)
        self.gauges = (
            Gauge(
                name="mutual_information",
                label="I(v1; v2)",
                how_to_read=f"nats shared, at least; limit {most:.1f}",
                low=0.0,
                high=most,
            ),
        )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return the lower bound; nothing unless there are two views of two finite embeddings."""
        if len(snapshot.z_views) < 2 or not all(map(is_measurable, snapshot.z_views)):
            return ()
        first, second = (F.normalize(z.float(), dim=1) for z in snapshot.z_views[:2])
        value = information_bound(first @ second.T / self.spec.temperature)
        return (Reading(name="mutual_information", value=value),)


def information_bound(scores: Tensor) -> float:
    """Return ln(K + 1) - L over the rows and the columns of scores  # (images, images)."""
    images = torch.arange(len(scores), device=scores.device)
    loss = (F.cross_entropy(scores, images) + F.cross_entropy(scores.T, images)) / 2.0
    return math.log(len(scores)) - float(loss)


def build(spec: MutualInformationSpec, _context: BuildContext) -> MutualInformation:
    """Return the monitor."""
    return MutualInformation(spec)


ENTRY = Entry(
    title="Mutual information",
    spec=MutualInformationSpec,
    build=build,
    summary="A lower bound of what two views share; InfoMin looks for views that share little.",
    citation="van den Oord et al. 2018, arXiv:1807.03748",
)
