import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets import read_picture
from tests.services.datasets.files import (
    BLUE,
    RED,
    centre,
    class_folders,
    encoded,
    opened,
    save_noise,
    save_plain,
)


def test_a_flat_folder_is_a_set_without_labels(tmp_path, cache):
    for number in range(20):
        save_noise(tmp_path / "photos" / f"{number:02d}.jpg", number)
    images = opened(tmp_path / "photos", cache)
    assert images.images.shape == (20, 3, 8, 8)
    assert images.images.dtype == np.uint8
    assert images.images.flags.c_contiguous
    assert images.name == "photos"
    assert images.source == str(tmp_path / "photos")
    assert images.paths == tuple(f"{number:02d}.jpg" for number in range(20))
    assert not images.labelled
    assert images.class_names == ()
    assert set(images.labels) == {-1}
    assert len(images.held_out_indices()) == 4
    assert sorted([*images.train_indices(), *images.held_out_indices()]) == list(range(20))
    assert images.original_sizes.tolist() == [[64, 48]] * 20
    assert images.factors == {}


def test_class_folders_give_labels_and_a_stratified_split(tmp_path, cache):
    class_folders(tmp_path / "pets", {"10": 20, "cat": 10, "2": 5})
    images = opened(tmp_path / "pets", cache)
    assert images.class_names == ("2", "10", "cat")
    held_out = images.labels[images.held_out_indices()]
    assert np.bincount(held_out).tolist() == [1, 4, 2]
    again = opened(tmp_path / "pets", cache.with_name("other"))
    assert np.array_equal(images.split, again.split)


def test_train_and_test_folders_are_the_split(tmp_path, cache):
    class_folders(tmp_path / "set" / "train", {"a": 4, "b": 3})
    class_folders(tmp_path / "set" / "test", {"a": 2, "b": 2})
    save_plain(tmp_path / "set" / "logo.png")
    images = opened(tmp_path / "set", cache)
    assert images.split.sum() == 4
    assert all(images.paths[i].startswith("test/") for i in images.held_out_indices())
    assert images.class_names == ("a", "b")
    assert np.bincount(images.labels).tolist() == [6, 5]
    assert "Left out 1 images that lie beside train and test." in images.notes


def test_flat_train_and_val_folders_with_unlabelled_images(tmp_path, cache):
    save_plain(tmp_path / "s" / "Train" / "dog" / "a.png")
    save_plain(tmp_path / "s" / "Train" / "b.png")
    save_plain(tmp_path / "s" / "unlabeled" / "x" / "c.png")
    save_plain(tmp_path / "s" / "val" / "d.png")
    images = opened(tmp_path / "s", cache)
    known = dict(zip(images.paths, zip(images.labels, images.split, strict=True), strict=True))
    assert known == {
        "Train/b.png": (-1, 0),
        "Train/dog/a.png": (0, 0),
        "unlabeled/x/c.png": (-1, 0),
        "val/d.png": (-1, 1),
    }


def test_one_class_only_is_a_labelled_set(tmp_path, cache):
    images = opened(class_folders(tmp_path / "s", {"only": 5}), cache)
    assert images.class_names == ("only",)
    assert images.labelled
    assert images.split.sum() == 1


def test_a_folder_around_train_and_test_is_looked_through(tmp_path, cache):
    class_folders(tmp_path / "s" / "inner" / "train", {"a": 2, "b": 2})
    class_folders(tmp_path / "s" / "inner" / "test", {"a": 1})
    images = opened(tmp_path / "s", cache)
    assert images.class_names == ("a", "b")
    assert images.split.sum() == 1
    assert read_picture(images, 0).size == (9, 9)


def test_all_kinds_of_pixels_arrive_in_one_set(tmp_path, cache):
    folder = tmp_path / "mixed"
    save_plain(folder / "a.jpg", RED, quality=95)
    Image.new("CMYK", (9, 9), (255, 255, 0, 0)).save(folder / "b.jpg", quality=95)
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(folder / "c.png")
    Image.new("1", (9, 9), 0).save(folder / "d.tif")
    save_plain(folder / "E.JPEG", BLUE, quality=95)
    images = opened(folder, cache)
    assert len(images.paths) == 5
    assert centre(images, "c.png") == (255, 255, 255)
    assert centre(images, "d.tif") == (0, 0, 0)
    assert centre(images, "b.jpg")[2] > 200
    assert centre(images, "E.JPEG")[2] > 240
    grey = opened(folder, cache, channels="gray")
    assert grey.images.shape == (5, 1, 8, 8)
    assert centre(grey, "a.jpg")[0] == pytest.approx(76, abs=4)


def test_sixteen_bit_images_share_one_scale(tmp_path, cache):
    folder = tmp_path / "microscope"
    folder.mkdir()
    for number in range(10):
        level = np.full((40, 40), 100 + 100 * number, dtype=np.uint16)
        Image.fromarray(level).save(folder / f"{number}.{'png' if number % 2 else 'tif'}")
    save_plain(folder / "photo.png", RED)
    (folder / "000.png").write_bytes(b"broken, so that rows and files are counted apart")
    images = opened(folder, cache)
    levels = [centre(images, path)[0] for path in images.paths if path != "photo.png"]
    assert levels == [round(255 * number / 9) for number in range(10)]
    assert images.depth_range == (100, 1000)
    assert (
        "10 images are 16-bit: scaled from the 0.5 to the 99.5 percentile (100 to 1000)."
    ) in images.notes
    picture = read_picture(images, images.paths.index("5.png"))
    assert picture.getpixel((3, 3)) == (142, 142, 142)


def test_broken_images_are_named_and_the_rest_is_used(tmp_path, cache):
    folder = tmp_path / "s"
    for number in range(6):
        save_noise(folder / f"{number}.jpg", number)
    whole = (folder / "3.jpg").read_bytes()
    (folder / "3.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").touch()
    (folder / "letter.gif").write_text("Dear Sir")
    (folder / "lost.png").symlink_to(folder / "nowhere.png")
    for name in ("notes.txt", ".DS_Store", "Thumbs.db", "._0.jpg", ".hidden/x.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"no image")
    images = opened(folder, cache)
    assert images.paths == ("0.jpg", "1.jpg", "2.jpg", "4.jpg", "5.jpg")
    assert {file.path: file.reason for file in images.unreadable} == {
        "3.jpg": "The file is cut off: its end is missing.",
        "empty.png": "The file is empty.",
        "letter.gif": "Its content is not a picture in a format that can be read.",
        "lost.png": "It is a link to a file that does not exist.",
    }
    again = opened(folder, cache)
    assert again.unreadable == images.unreadable
    assert np.array_equal(again.images, images.images)


def test_an_image_that_breaks_does_not_move_the_others_in_the_split(tmp_path, cache):
    class_folders(tmp_path / "s", {"a": 20, "b": 20})
    before = opened(tmp_path / "s", cache)
    was = dict(zip(before.paths, before.split, strict=True))
    (tmp_path / "s" / "a" / "004.png").write_bytes(b"broken")
    after = opened(tmp_path / "s", cache)
    assert len(after.paths) == 39
    assert all(was[path] == part for path, part in zip(after.paths, after.split, strict=True))


def test_strange_and_very_long_paths(tmp_path, cache):
    deep = tmp_path / "s"
    for _ in range(12):
        deep = deep / ("größe-" + "x" * 40)
    save_plain(deep / "日本語 🦊.png", BLUE)
    save_plain(tmp_path / "s" / "plain.png")
    images = opened(tmp_path / "s", cache)
    long = next(path for path in images.paths if path.endswith("日本語 🦊.png"))
    assert len(long) > 500
    assert centre(images, long) == BLUE
    assert images.unreadable == ()


def test_a_name_that_is_no_text_is_left_out_by_name(tmp_path, cache):
    class_folders(tmp_path / "s", {"a": 3})
    odd = os.fsencode(tmp_path / "s" / "a") + b"/caf\xe9.png"
    Path(os.fsdecode(odd)).write_bytes(encoded(Image.new("RGB", (4, 4))))
    images = opened(tmp_path / "s", cache)
    assert len(images.paths) == 3
    assert any("caf\\udce9.png" in note for note in images.notes)


def test_loops_of_links_end(tmp_path, cache):
    folder = class_folders(tmp_path / "s", {"a": 3, "b": 3})
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "b" / "self").symlink_to(folder / "b", target_is_directory=True)
    (folder / "loop").symlink_to(folder / "loop")
    images = opened(folder, cache)
    assert len(images.paths) == 6
    outside = class_folders(tmp_path / "elsewhere", {"x": 2})
    (folder / "c").symlink_to(outside / "x", target_is_directory=True)
    assert "c" in opened(folder, cache).class_names


def test_formats_that_cannot_be_read_are_mentioned(tmp_path, cache):
    class_folders(tmp_path / "s", {"a": 3})
    for name in ("1.heic", "2.HEIC"):
        (tmp_path / "s" / name).write_bytes(b"x")
    notes = opened(tmp_path / "s", cache).notes
    assert any(note.startswith("Left out 2 .heic files") for note in notes)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["is empty"]),
        ({"a.txt": b"x", "b.heic": b"y"}, ["None of the 2 files", "jpg"]),
        ({"a.png": None}, ["only one image", "at least 2"]),
        ({"a.png": b"x", "b.png": b""}, ["None of the 2 images", "a.png"]),
        ({"a.png": None, "b.png": b""}, ["Only one of the 2 images", "b.png: The file is empty."]),
    ],
)
def test_a_folder_that_is_no_set_is_refused(tmp_path, cache, files, words):
    folder = tmp_path / "s"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content or b"")
        if content is None:
            save_plain(folder / name)
    with pytest.raises(DataError) as caught:
        opened(folder, cache)
    assert str(folder) in caught.value.message
    assert caught.value.hint
    assert all(word in str(caught.value) for word in words)
    assert not list(cache.glob("images/*"))


def test_a_missing_folder_is_refused(tmp_path, cache):
    with pytest.raises(DataError, match="no folder or archive at"):
        opened(tmp_path / "gone", cache)
