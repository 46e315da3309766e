"""Fixtures for every layer: one catalogue, user folders of their own, few threads."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory, monkeypatch):
    """Keep runs, caches and settings of tests away from the user's."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home / name))


@pytest.fixture(scope="session")
def catalog():
    from sslstudio.catalog.catalog import load_catalog

    return load_catalog()


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    import torch

    # Two test processes share two cores; more threads would only wait for each other.
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _collect_here():
    """Once the window's tests have taken the collector over, collect between tests."""
    yield
    if not gc.isenabled():
        from sslstudio.gui.collecting import collect_what_is_due

        collect_what_is_due()
