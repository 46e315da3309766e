"""Rank of the samples: does what is painted from noise vary as much as the images do?

RankMe (Garrido et al. 2023, arXiv:2210.02885, eq. 1 and 2: the exponential of the entropy of the
singular values, not centred) of h over images painted from noise, divided by the same over as
many real ones. A generator that has collapsed onto a few pictures falls towards 1 / rank of the
real ones, whatever its discriminator says.

Departures: the paper ranks the embeddings of real images; here the encoder in training sees
painted ones too. A few hundred images of each are compared, so that only the ratio is read.
"""

from __future__ import annotations

from typing import Final, Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import effective_rank, is_measurable
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot

HEALTHY: Final = (0.3, 1.5)
MOST: Final = 2.0


class SampleRankSpec(MonitorSpec):
    """How much painted images vary."""

    kind: Literal["sample-rank"] = "sample-rank"


class SampleRank(Monitor):
    """Reads `sample_rank`, a share of the real images' rank."""

    gauges = (
        Gauge(
            name="sample_rank",
            label="Sample rank",
            how_to_read="1 = as varied as the images",
            healthy=HEALTHY,
            low=0.0,
            high=MOST,
        ),
    )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return the share; nothing unless the objective paints from noise."""
        painted = snapshot.h_painted
        if painted is None or not (is_measurable(painted) and is_measurable(snapshot.h)):
            return ()
        count = min(len(painted), len(snapshot.h))
        share = effective_rank(painted[:count]) / effective_rank(snapshot.h[:count])
        return (Reading(name="sample_rank", value=share),)


def build(_spec: SampleRankSpec, _context: BuildContext) -> SampleRank:
    """Return the monitor."""
    return SampleRank()


ENTRY = Entry(
    title="Sample rank",
    spec=SampleRankSpec,
    build=build,
    summary="Falls where a generator paints the same few pictures whatever the noise.",
    citation="Garrido et al. 2023, arXiv:2210.02885",
)
