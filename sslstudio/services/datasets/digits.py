"""scikit-learn's handwritten digits, 8 x 8 pixels with 17 grey levels."""

from __future__ import annotations

import numpy as np

from sslstudio.services.datasets.collection import Collection
from sslstudio.services.datasets.image_set import Watch
from sslstudio.services.datasets.layout import hold_out

VERSION = "1"


def make_digits(watch: Watch) -> Collection:
    """Return the 1,797 digits in grey, a fifth of each held out."""
    from sklearn.datasets import load_digits

    watch.check()
    content = load_digits()
    grey = (content.images * (255.0 / 16.0)).round().astype(np.uint8)
    labels = content.target.astype(np.int64)
    return Collection(
        images=grey[:, None],
        labels=labels,
        class_names=tuple(str(name) for name in content.target_names),
        split=hold_out(labels),
    )
