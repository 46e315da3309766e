"""Spectrum: how much each direction of h carries (Jing et al. 2022, arXiv:2110.09348, figure 2).

Singular values of h around its mean, largest first, divided by the largest.

Departures: the paper draws the logarithm of z's spectrum; here it is h's, which is what is kept (a
low rank of z alone does no harm), on a linear scale. At most 64 bars, each the mean of neighbours.
"""

from __future__ import annotations

from typing import Final, Literal

import torch.nn.functional as F

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import is_measurable, singular_values
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot

BARS: Final = 64
DEAD: Final = 0.01
"""Directions below this share of the largest count as dead."""


class SpectrumSpec(MonitorSpec):
    """What each direction of the embeddings carries."""

    kind: Literal["spectrum"] = "spectrum"


class Spectrum(Monitor):
    """Reads `spectrum`: the bars, and as value the share of directions that are alive."""

    gauges = (
        Gauge(
            name="spectrum",
            label="Spectrum",
            how_to_read="no cliff: every direction alive",
            low=0.0,
            high=1.0,
            is_spectrum=True,
        ),
    )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return the spectrum, zeros for a constant h; nothing without two finite embeddings."""
        if not is_measurable(snapshot.h):
            return ()
        values = singular_values(snapshot.h - snapshot.h.mean(dim=0))  # (min(n, d),)
        if values[0] > 0:
            values = values / values[0]
        bars = F.adaptive_avg_pool1d(values[None], min(BARS, len(values)))[0]
        alive = float((values >= DEAD).double().mean())
        return (Reading(name="spectrum", value=alive, series=tuple(bars.tolist())),)


def build(_spec: SpectrumSpec, _context: BuildContext) -> Spectrum:
    """Return the monitor."""
    return Spectrum()


ENTRY = Entry(
    title="Spectrum",
    spec=SpectrumSpec,
    build=build,
    summary="Singular values of the representation; a cliff marks collapsed directions.",
    citation="Jing et al. 2022, arXiv:2110.09348",
)
