import errno
import shutil
from collections import namedtuple

import numpy as np
import pytest

from sslstudio.domain.errors import CancelledError, StudioError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import file_source, open_images
from sslstudio.services.datasets.pack import PackStore, PackWriter
from tests.services.datasets.files import class_folders, opened, save_noise


@pytest.fixture
def folder(tmp_path):
    return class_folders(tmp_path / "pets", {"cat": 40, "dog": 40})


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """How often images were decoded rather than taken from the cache."""
    counted: list[int] = []
    real = file_source.read_files

    def counting(listing, *rest):
        counted.append(len(listing.entries))
        real(listing, *rest)

    monkeypatch.setattr(file_source, "read_files", counting)
    return counted


def packs(cache):
    return [place for place in (cache / "images").iterdir() if place.is_dir()]


def test_the_second_opening_decodes_nothing(folder, cache, reads):
    first = opened(folder, cache)
    second = opened(folder, cache)
    assert reads == [80]
    assert isinstance(second.images, np.memmap)
    assert np.array_equal(first.images, second.images)
    assert first.fingerprint == second.fingerprint
    assert np.array_equal(first.original_sizes, second.original_sizes)


def test_a_changed_added_or_removed_file_is_seen(folder, cache, reads):
    first = opened(folder, cache)
    save_noise(folder / "cat" / "000.png", 999, (9, 9))
    changed = opened(folder, cache)
    save_noise(folder / "cat" / "new.png", 998, (9, 9))
    added = opened(folder, cache)
    (folder / "cat" / "new.png").unlink()
    removed = opened(folder, cache)
    assert reads == [80, 80, 81, 80]
    prints = [first.fingerprint, changed.fingerprint, added.fingerprint, removed.fingerprint]
    assert len(set(prints)) == 3
    assert removed.fingerprint == changed.fingerprint
    assert len(packs(cache)) == 1


def test_each_resolution_has_its_own_pack(folder, cache, reads):
    sizes = {opened(folder, cache, size=size).fingerprint for size in (8, 16)}
    fits = {opened(folder, cache, fit=fit).fingerprint for fit in ("crop", "pad")}
    assert len(sizes) == 2
    assert len(fits) == 2
    assert len(reads) == 3
    assert len(packs(cache)) == 3


def test_a_copy_elsewhere_has_the_same_fingerprint(folder, cache, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert opened(folder, cache).fingerprint == opened(tmp_path / "copy", cache).fingerprint


@pytest.mark.parametrize("damage", ["cut", "bits", "facts", "array", "value", "gone"])
def test_a_damaged_pack_is_made_again(folder, cache, reads, damage):
    first = opened(folder, cache)
    kept = np.array(first.images)
    pack = packs(cache)[0]
    images = pack / "images.bin"
    content = images.read_bytes()
    if damage == "cut":
        images.write_bytes(content[:-5])
    elif damage == "bits":
        images.write_bytes(content[:3000] + bytes(400) + content[3400:])
    elif damage == "facts":
        (pack / "pack.json").write_text("{")
    elif damage == "array":
        (pack / "kept.npy").write_bytes(b"x")
    elif damage == "value":
        sizes = np.load(pack / "original_sizes.npy")
        np.save(pack / "original_sizes.npy", sizes + 1)
    else:
        images.unlink()
    assert np.array_equal(opened(folder, cache).images, kept)
    assert reads == [80, 80]
    opened(folder, cache)
    assert reads == [80, 80]


def test_writing_to_the_images_changes_no_file(folder, cache, reads):
    first = opened(folder, cache)
    kept = np.array(first.images)
    first.images[:] = 0
    assert np.array_equal(opened(folder, cache).images, kept)
    assert reads == [80]


def test_progress_ends_at_the_total(folder, cache):
    seen: list[tuple[int, int]] = []
    data = DataSpec(source=str(folder), size=8)
    open_images(data, cache=cache, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (80, 80)
    assert len(seen) >= 2


def test_stopping_leaves_nothing_behind(folder, cache):
    seen: list[int] = []
    data = DataSpec(source=str(folder), size=8)
    with pytest.raises(CancelledError):
        open_images(
            data,
            cache=cache,
            progress=lambda done, _total: seen.append(done),
            cancelled=lambda: bool(seen),
        )
    assert seen
    assert packs(cache) == []


def test_a_full_disk_is_said_and_leaves_nothing(folder, cache, monkeypatch):
    def full(_writer, _rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PackWriter, "append", full)
    with pytest.raises(StudioError, match="is full") as caught:
        opened(folder, cache)
    assert caught.value.exit_code == 1
    assert caught.value.hint
    assert packs(cache) == []


def test_too_little_space_is_said_before_decoding(folder, cache, monkeypatch, reads):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage(10, 10, 100))
    with pytest.raises(StudioError, match="is full"):
        opened(folder, cache)
    assert reads == []
    assert packs(cache) == []


def test_a_cache_that_cannot_be_written_is_said(folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StudioError, match="cannot be written"):
        opened(folder, tmp_path / "file")


def test_a_pack_that_another_program_finished_first_is_used(tmp_path):
    store = PackStore(tmp_path)
    rows = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    with store.writing("key", (3, 4, 4), 2) as slow:
        slow.append(rows)
        with store.writing("key", (3, 4, 4), 2) as quick:
            quick.append(rows)
    assert np.array_equal(store.written("key").images, rows)


def test_what_a_crash_left_is_swept_away_after_a_day(tmp_path, monkeypatch):
    left = tmp_path / ".making-old"
    left.mkdir()
    store = PackStore(tmp_path)
    with store.writing("first", (1, 2, 2), 1) as writer:
        writer.append(np.zeros((1, 1, 2, 2), np.uint8))
    assert left.exists()
    later = left.stat().st_mtime + 25 * 3600
    monkeypatch.setattr("time.time", lambda: later)
    with store.writing("second", (1, 2, 2), 1) as writer:
        writer.append(np.zeros((1, 1, 2, 2), np.uint8))
    assert not left.exists()
