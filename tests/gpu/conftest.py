"""Everything here needs a real CUDA device: `make test-gpu`. Elsewhere it is passed over."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sslstudio.engine.plan import Compute
from tests.support.runs import small_session, small_store

CUDA = torch.device("cuda")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/gpu/" in item.path.as_posix():
            item.add_marker(pytest.mark.gpu)
            if not torch.cuda.is_available():
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def gpu_store(images=80):
    """Return generated pictures that lie on the GPU, as those of a run do that fit there."""
    store = small_store(images)
    return replace(store, images=store.images.cuda(), labels=store.labels.cuda(), device=CUDA)


def gpu_session(catalog, recipe, precision="fp32", store=None):
    """Return a session of a recipe on generated pictures on the GPU."""
    compute = Compute(device="cuda", precision=precision, channels_last=True)
    return small_session(catalog, recipe, store or gpu_store(), compute)
