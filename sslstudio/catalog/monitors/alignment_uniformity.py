"""Alignment and uniformity of the projections (Wang & Isola 2020, arXiv:2005.10242).

Alignment is the mean squared distance of two views of one image (eq. 1, alpha = 2), uniformity
the log of the mean exp(-2 |x - y|^2) over two different images (eq. 2, t = 2), both on unit
vectors z.

Departures: uniformity is the mean over the two views; a snapshot without views gives that of the
un-augmented images alone.
"""

from __future__ import annotations

from typing import Final, Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import alignment, is_measurable, uniformity
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot

LIMIT: Final = -4.0
"""Uniformity of evenly spread directions in infinitely many dimensions."""


class AlignmentUniformitySpec(MonitorSpec):
    """Do views of one image meet, and do images keep apart?"""

    kind: Literal["alignment-uniformity"] = "alignment-uniformity"


class AlignmentUniformity(Monitor):
    """Reads `alignment` and `uniformity`."""

    gauges = (
        Gauge(
            name="alignment",
            label="Alignment",
            how_to_read="distance of views; should fall",
            low=0.0,
        ),
        Gauge(
            name="uniformity",
            label="Uniformity",
            how_to_read="0 = all alike, sphere limit \u22124",
            low=LIMIT,
            high=0.0,
            digits=1,
        ),
    )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return what the views allow; nothing unless there are two finite embeddings."""
        clouds = snapshot.z_views or (snapshot.z,)
        if not all(is_measurable(cloud) for cloud in clouds):
            return ()
        evenness = sum(uniformity(cloud) for cloud in clouds) / len(clouds)
        reading = Reading(name="uniformity", value=evenness)
        if len(clouds) < 2:
            return (reading,)
        return (Reading(name="alignment", value=alignment(clouds[0], clouds[1])), reading)


def build(_spec: AlignmentUniformitySpec, _context: BuildContext) -> AlignmentUniformity:
    """Return the monitor."""
    return AlignmentUniformity()


ENTRY = Entry(
    title="Alignment and uniformity",
    spec=AlignmentUniformitySpec,
    build=build,
    summary="Whether views of one image meet while different images spread over the sphere.",
    citation="Wang & Isola 2020, arXiv:2005.10242",
)
