"""kNN: do images of one class lie together (Wu et al. 2018, arXiv:1805.01978, section 3.4)?

Share of validation images that their 20 nearest training images by cosine classify rightly,
each vote weighted by e^(cos / .07). Labels are only looked at here; nothing is trained on them.

Departures: 20 neighbours as in DINO instead of 200; images of the validation part ask, and a sample
of the training images answers.
"""

from __future__ import annotations

from typing import Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import is_measurable
from sslstudio.engine.neighbours import knn_accuracy
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot


class KnnSpec(MonitorSpec):
    """How well neighbours share a class; needs labels."""

    kind: Literal["knn"] = "knn"


class Knn(Monitor):
    """Reads `knn`, an accuracy from 0 to 1."""

    gauges = (
        Gauge(
            name="knn",
            label="kNN on validation",
            how_to_read="the first value is the untrained network's",
            low=0.0,
            high=1.0,
        ),
    )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return the accuracy; nothing without a bank, or without labels on both sides."""
        if snapshot.labels is None or snapshot.bank is None or snapshot.bank_labels is None:
            return ()
        asked, known = snapshot.labels >= 0, snapshot.bank_labels >= 0
        if not bool(asked.any()) or not bool(known.any()) or not is_measurable(snapshot.bank):
            return ()
        bank, bank_labels = snapshot.bank[known], snapshot.bank_labels[known]
        accuracy = knn_accuracy(bank, bank_labels, snapshot.h[asked], snapshot.labels[asked])
        return (Reading(name="knn", value=accuracy),)


def build(_spec: KnnSpec, _context: BuildContext) -> Knn:
    """Return the monitor."""
    return Knn()


ENTRY = Entry(
    title="kNN accuracy",
    spec=KnnSpec,
    build=build,
    summary="Share of validation images whose nearest training images have the right label.",
    citation="Wu et al. 2018, arXiv:1805.01978",
)
