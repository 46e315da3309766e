"""Feature spread: does every image still get an embedding of its own?

sqrt(d) times the mean standard deviation of unit vectors' coordinates (Chen & He 2021,
arXiv:2011.10566, figure 2), of z as in the paper.

Departures: the paper's figure leaves the sqrt(d) out; h is taken around its mean, because features
after a ReLU never are centred (`engine.geometry.centred_spread`).
"""

from __future__ import annotations

from typing import Final, Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import centred_spread, is_measurable, spread
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot

HEALTHY: Final = (0.6, 1.0)
"""Healthy runs on small convnets stay above .8; collapsed ones were seen from 0 to .75."""


class FeatureSpreadSpec(MonitorSpec):
    """How evenly embeddings fill their directions."""

    kind: Literal["feature-spread"] = "feature-spread"


class FeatureSpread(Monitor):
    """Reads `spread` of h around its mean and `spread_z` of z."""

    gauges = (
        Gauge(
            name="spread",
            label="Feature spread",
            how_to_read="1 = isotropic, below .3 alarm",
            healthy=HEALTHY,
            low=0.0,
            high=1.0,
        ),
    )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return both spreads; nothing unless there are two finite embeddings."""
        if not (is_measurable(snapshot.h) and is_measurable(snapshot.z)):
            return ()
        return (
            Reading(name="spread", value=centred_spread(snapshot.h)),
            Reading(name="spread_z", value=spread(snapshot.z)),
        )


def build(_spec: FeatureSpreadSpec, _context: BuildContext) -> FeatureSpread:
    """Return the monitor."""
    return FeatureSpread()


ENTRY = Entry(
    title="Feature spread",
    spec=FeatureSpreadSpec,
    build=build,
    summary="Standard deviation of the embeddings' directions; falls to 0 in a complete collapse.",
    citation="Chen & He 2021, arXiv:2011.10566",
)
