import pytest

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import relocate, same_content
from tests.services.datasets.files import class_folders, opened, save_plain, zip_folder


def test_a_moved_folder_is_recognised_and_nothing_is_decoded_again(tmp_path, cache):
    old = class_folders(tmp_path / "old", {"a": 4, "b": 4})
    images = opened(old, cache)
    new = old.rename(tmp_path / "new")
    match = same_content(images.paths, str(new))
    assert match.complete
    assert match.sentence == "8 of 8 images are there."
    moved = relocate(DataSpec(source=str(old), size=16), str(new))
    assert moved == DataSpec(source=str(new), size=16)
    assert opened(new, cache).fingerprint == images.fingerprint


def test_what_is_missing_or_new_is_counted(tmp_path, cache):
    folder = class_folders(tmp_path / "s", {"a": 4, "b": 4})
    images = opened(folder, cache)
    (folder / "a" / "001.png").unlink()
    save_plain(folder / "c" / "new.png")
    match = same_content(images.paths, str(folder))
    assert not match.complete
    assert (match.expected, match.found, match.extra) == (8, 7, 1)
    assert match.sentence == "7 of 8 images are there; a/001.png is missing; 1 are new."


def test_the_table_of_labels_moves_along(tmp_path):
    folder = class_folders(tmp_path / "old", {"a": 2})
    (folder / "tables").mkdir()
    (folder / "tables" / "labels.csv").write_text("path,label\n")
    table = folder / "tables" / "labels.csv"
    data = DataSpec(source=str(folder), labels_csv=str(table))
    assert relocate(data, str(folder)) == data
    new = folder.rename(tmp_path / "new")
    assert relocate(data, str(new)).labels_csv == str(new / "tables" / "labels.csv")


def test_a_place_without_images_is_refused(tmp_path):
    with pytest.raises(DataError):
        relocate(DataSpec(), str(tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="is empty"):
        relocate(DataSpec(), str(tmp_path / "empty"))
    assert relocate(DataSpec(source="/gone"), "Shapes").source == "shapes"


def test_an_archive_of_the_folder_matches_it(tmp_path, cache):
    folder = class_folders(tmp_path / "s", {"a": 2, "b": 2})
    images = opened(folder, cache)
    assert same_content(images.paths, str(zip_folder(folder, tmp_path / "s.zip"))).complete
