import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets import archive, read_picture
from tests.services.datasets.files import (
    RED,
    class_folders,
    encoded,
    opened,
    save_noise,
    save_plain,
    zip_folder,
)


@pytest.fixture
def pixel() -> bytes:
    return encoded(Image.new("RGB", (6, 6), RED))


def test_a_zip_reads_like_its_folder(tmp_path, cache):
    folder = class_folders(tmp_path / "pets", {"cat": 6, "dog": 6})
    direct = opened(folder, cache)
    zipped = opened(zip_folder(folder, tmp_path / "pets.zip"), cache)
    assert zipped.name == "pets"
    assert zipped.paths == direct.paths
    assert zipped.class_names == direct.class_names
    assert np.array_equal(zipped.images, direct.images)
    assert np.array_equal(zipped.split, direct.split)
    assert zipped.fingerprint == direct.fingerprint
    assert read_picture(zipped, 3).tobytes() == read_picture(direct, 3).tobytes()


def test_a_single_folder_around_everything_is_looked_through(tmp_path, cache):
    folder = class_folders(tmp_path / "s", {"cat": 4, "dog": 4})
    images = opened(zip_folder(folder, tmp_path / "w.zip", prefix="wrapper/"), cache)
    assert images.class_names == ("cat", "dog")
    assert images.paths[0] == "wrapper/cat/000.png"
    flat = tmp_path / "flat"
    for number in range(4):
        save_noise(flat / f"{number}.png", number)
    images = opened(zip_folder(flat, tmp_path / "flat.zip", prefix="holiday/"), cache)
    assert not images.labelled


def test_train_and_test_inside_a_wrapper(tmp_path, cache):
    class_folders(tmp_path / "s" / "train", {"a": 3, "b": 3})
    class_folders(tmp_path / "s" / "test", {"a": 1, "b": 1})
    images = opened(zip_folder(tmp_path / "s", tmp_path / "s.zip", prefix="data/"), cache)
    assert images.split.sum() == 2
    assert images.class_names == ("a", "b")


def test_what_a_mac_adds_is_ignored(tmp_path, cache, pixel):
    place = tmp_path / "mac.zip"
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("pics/a.png", pixel)
        out.writestr("pics/b.png", pixel)
        out.writestr("pics/.DS_Store", b"x")
        out.writestr("__MACOSX/pics/._a.png", b"x")
    images = opened(place, cache)
    assert images.paths == ("pics/a.png", "pics/b.png")
    assert images.unreadable == ()


def test_backslashes_and_unmarked_utf8_in_names(tmp_path, cache, pixel):
    place = tmp_path / "odd.zip"
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("katze\\a.png", pixel)
        out.writestr("gr\u00fcn/b.png", pixel)
    content = bytearray(place.read_bytes())
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(marker)
        while start >= 0:
            flags = struct.unpack_from("<H", content, start + offset)[0]
            struct.pack_into("<H", content, start + offset, flags & ~0x800)
            start = content.find(marker, start + 4)
    place.write_bytes(content)
    images = opened(place, cache)
    assert images.paths == ("grün/b.png", "katze/a.png")
    assert images.class_names == ("grün", "katze")
    assert read_picture(images, 0).getpixel((1, 1)) == RED


def test_a_damaged_entry_is_named(tmp_path, cache):
    folder = tmp_path / "s"
    for number in range(4):
        save_noise(folder / f"{number}.png", number)
    place = zip_folder(folder, tmp_path / "s.zip")
    with zipfile.ZipFile(place) as there:
        start = there.getinfo("2.png").header_offset
    content = bytearray(place.read_bytes())
    content[start + 200 : start + 260] = bytes(60)
    place.write_bytes(content)
    images = opened(place, cache)
    assert len(images.paths) == 3
    assert images.unreadable[0].path == "2.png"
    assert "damaged" in images.unreadable[0].reason


def refusal(place, cache) -> DataError:
    with pytest.raises(DataError) as caught:
        opened(place, cache)
    assert str(place) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_what_is_no_zip_is_refused(tmp_path, cache):
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    assert "neither a folder nor a zip" in refusal(text, cache).message
    empty = tmp_path / "empty.zip"
    empty.touch()
    assert "neither a folder nor a zip" in refusal(empty, cache).message
    assert "single image" in refusal(save_plain(tmp_path / "one.png"), cache).message


def test_a_cut_off_zip_is_refused(tmp_path, cache):
    place = zip_folder(class_folders(tmp_path / "s", {"a": 30}), tmp_path / "s.zip")
    place.write_bytes(place.read_bytes()[:-2000])
    assert "cut off" in refusal(place, cache).message


@pytest.mark.parametrize(
    "name", ["../a.png", "x/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png"]
)
def test_paths_that_lead_out_are_refused(tmp_path, cache, pixel, name):
    place = tmp_path / "evil.zip"
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("fine.png", pixel)
        out.writestr(name, pixel)
    assert "leads out of it" in refusal(place, cache).message


def test_two_dots_within_a_name_are_no_way_out(tmp_path, cache, pixel):
    place = tmp_path / "fine.zip"
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("a..b/c..png", pixel)
        out.writestr("..d.jpeg.png/x.png", pixel)
        out.writestr("a..b/d.png", pixel)
    assert opened(place, cache).paths == ("a..b/c..png", "a..b/d.png")


def test_an_entry_that_unfolds_beyond_bounds_is_refused(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_FILE", 100_000)
    place = tmp_path / "bomb.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.bmp", bytes(100_001))
    assert "unfolds to" in refusal(place, cache).message


def test_an_archive_that_unfolds_beyond_bounds_is_refused(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_COUNTS_FROM", 1_000_000)
    place = tmp_path / "bomb.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        for number in range(20):
            out.writestr(f"{number}.bmp", bytes(100_000))
    assert "200 times its size" in refusal(place, cache).message
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        for number in range(20):
            out.writestr(f"{number}.txt", bytes(100_000))
        out.writestr("a.png", encoded(Image.new("L", (4, 4))))
        out.writestr("b.png", encoded(Image.new("L", (4, 4))))
    assert len(opened(place, cache).paths) == 2


def test_an_entry_that_lies_about_its_size_is_not_unfolded(tmp_path, cache, pixel):
    place = tmp_path / "liar.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.png", pixel)
        out.writestr("b.png", pixel)
        out.writestr("c.bmp", bytes(5_000_000))
    content = bytearray(place.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 50)
    place.write_bytes(content)
    images = opened(place, cache)
    assert [file.path for file in images.unreadable] == ["c.bmp"]


def test_a_locked_archive_is_refused(tmp_path, cache, pixel):
    place = tmp_path / "locked.zip"
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("a.png", pixel)
        out.writestr("b.png", pixel)
    content = bytearray(place.read_bytes())
    start = content.find(b"PK\x01\x02")
    content[start + 8] |= 1
    place.write_bytes(content)
    assert "locked by a password" in refusal(place, cache).message
