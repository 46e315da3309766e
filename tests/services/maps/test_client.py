import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from sslstudio.domain.errors import CancelledError, DataError, InputError, StudioError
from sslstudio.services.maps.client import MapService
from sslstudio.services.maps.settings import PcaSettings, TsneSettings, UmapSettings

SETTINGS = [PcaSettings(), TsneSettings(iterations=100), UmapSettings(neighbours=10)]


def never():
    return False


def compute(service, vectors, settings, **more):
    return service.compute(
        vectors, settings, **{"progress": lambda *_: None, "cancelled": never, **more}
    )


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.method)
def test_every_method_keeps_groups_together_and_says_how_far_it_can_be_trusted(
    service, clusters, settings
):
    vectors, labels = clusters
    result = compute(service, vectors, settings)
    assert result.points.shape == (120, 2)
    assert result.points.dtype == np.float32
    assert result.method == settings.method
    centres = np.stack([result.points[labels == group].mean(axis=0) for group in range(4)])
    found = np.linalg.norm(result.points[:, None] - centres, axis=2).argmin(axis=1)
    assert (found == labels).mean() > 0.95
    assert 0.7 < result.trustworthiness <= 1
    assert 0 < result.neighbours_kept <= 1
    assert result.seconds > 0


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.method)
def test_the_same_seed_draws_the_same_map(service, clusters, settings):
    first = compute(service, clusters[0], settings)
    again = compute(service, clusters[0], settings)
    np.testing.assert_allclose(first.points, again.points, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.method)
def test_five_images_are_enough(service, clusters, settings):
    assert compute(service, clusters[0][:5], settings).points.shape == (5, 2)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.method)
def test_a_map_begun_from_an_earlier_one_resembles_it(service, settings):
    # Groups far apart may change places even so; a continuum shows whether it was turned back.
    spread = np.array([1.0, 0.5, 0.1, 0.1])
    vectors = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32) * spread
    earlier = compute(service, vectors, settings).points[:, ::-1] * [-1, 1]
    later = compute(service, vectors, settings, start=earlier).points
    agreement = [np.corrcoef(earlier[:, axis], later[:, axis])[0, 1] for axis in (0, 1)]
    assert min(agreement) > 0.7


def test_progress_goes_up_in_words_and_shows_the_unfinished_map(service, clusters):
    seen = []
    compute(
        service,
        np.tile(clusters[0], (8, 1)) + np.linspace(0, 0.1, 960, dtype=np.float32)[:, None],
        TsneSettings(iterations=400),
        progress=lambda *report: seen.append(report),
    )
    shares = [share for share, _, _ in seen]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    layouts = [layout for _, words, layout in seen if words.startswith("t-SNE, step")]
    assert layouts
    assert layouts[-1].shape == (960, 2)


@pytest.mark.parametrize("settings", [TsneSettings(iterations=5000), UmapSettings()])
def test_a_stopped_map_ends_at_once_and_the_worker_lives_on(service, settings):
    vectors = np.random.default_rng(0).normal(size=(3000, 16)).astype(np.float32)
    begun = threading.Event()
    worker = service.worker_pid
    with pytest.raises(CancelledError):
        compute(service, vectors, settings, progress=lambda *_: begun.set(), cancelled=begun.is_set)
    result = compute(service, vectors[:50], settings)
    assert len(result.points) == 50
    assert service.worker_pid == worker


def test_pca_does_not_wait_for_umap(service, clusters):
    begun = threading.Event()
    ended = threading.Event()
    vectors = np.random.default_rng(0).normal(size=(4000, 16)).astype(np.float32)

    def slow():
        with pytest.raises(CancelledError):
            compute(
                service,
                vectors,
                UmapSettings(),
                progress=lambda *_: begun.set(),
                cancelled=ended.is_set,
            )

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(60)
    result = compute(service, clusters[0], PcaSettings())
    assert thread.is_alive()
    ended.set()
    thread.join()
    assert result.method == "pca"


@pytest.mark.parametrize(
    ("vectors", "reason"),
    [
        (np.eye(4, dtype=np.float32), "at least 5"),
        (np.full((10, 3), np.nan, dtype=np.float32), "not numbers"),
        (np.ones((10, 3), dtype=np.float32), "same vector"),
    ],
    ids=["too few", "not a number", "collapsed"],
)
def test_what_cannot_be_mapped_is_refused_with_a_reason(service, vectors, reason):
    with pytest.raises(DataError if reason != "same vector" else StudioError, match=reason):
        compute(service, vectors, PcaSettings())


def test_a_setting_out_of_its_limits_is_refused(service, clusters):
    with pytest.raises(InputError, match="perplexity is 1"):
        compute(service, clusters[0], TsneSettings(perplexity=1))


def test_a_worker_that_dies_is_reported_and_replaced(clusters):
    service = MapService()
    vectors = np.random.default_rng(0).normal(size=(3000, 16)).astype(np.float32)

    def kill(*_):
        psutil.Process(service.worker_pid).kill()

    try:
        with pytest.raises(StudioError, match="ended before the map was ready"):
            compute(service, vectors, TsneSettings(), progress=kill)
        assert len(compute(service, clusters[0], PcaSettings()).points) == 120
    finally:
        service.close()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own there")
def test_the_worker_does_not_inherit_the_low_priority_of_a_job(clusters):
    service = MapService()

    def job():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        compute(service, clusters[0], PcaSettings())

    thread = threading.Thread(target=job)
    thread.start()
    thread.join()
    nice = psutil.Process(service.worker_pid).nice()
    service.close()
    assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)


def test_close_ends_the_worker(clusters):
    service = MapService()
    compute(service, clusters[0], PcaSettings())
    worker = psutil.Process(service.worker_pid)
    service.close()
    assert not worker.is_running()
    assert service.worker_pid is None


PARENT = """
import threading, numpy
from sslstudio.services.maps.client import MapService
from sslstudio.services.maps.settings import TsneSettings
service = MapService()
vectors = numpy.random.default_rng(0).normal(size=(3000, 16)).astype("float32")
service.compute(
    vectors,
    TsneSettings(iterations=5000),
    progress=lambda *_: print(service.worker_pid, flush=True),
    cancelled=lambda: False,
)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="uses SIGKILL")
def test_the_worker_dies_with_its_parent_even_in_the_middle_of_a_map():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
    worker.wait(timeout=20)
    assert not worker.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the libraries from /proc")
def test_the_worker_holds_neither_torch_nor_qt(service, clusters):
    compute(service, clusters[0], TsneSettings(iterations=50))
    compute(service, clusters[0], UmapSettings())
    libraries = Path(f"/proc/{service.worker_pid}/maps").read_text(encoding="utf-8").lower()
    assert "numpy" in libraries
    assert "torch" not in libraries
    assert "pyside" not in libraries


def test_the_worker_starts_without_the_heavy_packages():
    heavy = ["torch", "PySide6", "pydantic", "umap", "numba", "sklearn", "openTSNE"]
    code = (
        "import sys, sslstudio.services.maps.worker;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b"[]"
