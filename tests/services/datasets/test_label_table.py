import numpy as np
import pytest

from sslstudio.domain.errors import DataError
from tests.services.datasets.files import opened, save_noise, zip_folder


@pytest.fixture
def photos(tmp_path):
    for number, name in enumerate(["a.png", "sub/b.png", "sub/ç.png", "x/same.png", "y/same.png"]):
        save_noise(tmp_path / "photos" / name, number, (9, 9))
    return tmp_path / "photos"


def labels(photos, cache, text, encoding="utf-8") -> dict[str, str]:
    table = photos.parent / "labels.csv"
    table.write_bytes(text.encode(encoding))
    images = opened(photos, cache, labels_csv=str(table))
    names = (*images.class_names, "?")
    return {path: names[label] for path, label in zip(images.paths, images.labels, strict=True)}


def test_a_table_with_a_header_in_any_order(photos, cache):
    found = labels(
        photos, cache, "score,Label,path\n1,cat,a.png\n2,dog,sub/b.png\n3,cat,./sub/ç.png\n"
    )
    assert found == {
        "a.png": "cat",
        "sub/b.png": "dog",
        "sub/ç.png": "cat",
        "x/same.png": "?",
        "y/same.png": "?",
    }


def test_a_table_without_a_header(photos, cache):
    assert labels(photos, cache, "a.png,cat\nb.png,dog\n")["sub/b.png"] == "dog"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id;class\na;cat\nsub\\ç.png;dog\n", "utf-8-sig"),
        ("filename\ttarget\na.png\tcat\nc\u0327.png\tdog\n", "utf-8"),
        ('file,label\n"a.png"," cat"\nç.png,dog\n', "cp1252"),
        ("file,label\r\na.png,cat\r\nç.png,dog\r\n", "utf-16"),
    ],
)
def test_names_without_suffix_other_separators_and_encodings(photos, cache, text, encoding):
    found = labels(photos, cache, text, encoding)
    assert (found["a.png"], found["sub/ç.png"]) == ("cat", "dog")


def test_a_name_that_occurs_twice_says_nothing_but_its_path_does(photos, cache):
    found = labels(photos, cache, "path,label\ny/same.png,dog\nsame.png,cat\na.png,cat\n")
    assert (found["x/same.png"], found["y/same.png"]) == ("?", "dog")


def test_a_table_overrides_folders_and_says_how_many_have_no_row(photos, cache):
    (photos / "labels.csv").write_text("path,label\na.png,cat\nsub/b.png,dog\n")
    images = opened(photos, cache, labels_csv="labels.csv")
    assert images.class_names == ("cat", "dog")
    assert "3 images have no row in labels.csv." in images.notes
    zipped = opened(zip_folder(photos, photos.with_suffix(".zip")), cache, labels_csv="labels.csv")
    assert np.array_equal(zipped.labels, images.labels)


def test_a_table_that_lies_beside_flat_images_is_mentioned(tmp_path, cache):
    for number in range(3):
        save_noise(tmp_path / "flat" / f"{number}.png", number, (9, 9))
    (tmp_path / "flat" / "labels.csv").write_text("path,label\n0.png,cat\n")
    images = opened(tmp_path / "flat", cache)
    assert not images.labelled
    assert any("labels.csv" in note for note in images.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (
            "picture,kind\nfoo.png,cat\n",
            "no columns path and label; its first line is: picture, kind",
        ),
        ("path\na.png\n", "no columns path and label"),
        ("path,label\nnone.png,cat\n", "No row of"),
        ("path,label\n", "No row of"),
    ],
)
def test_a_table_of_no_use_is_refused(photos, cache, text, words):
    with pytest.raises(DataError, match=words) as caught:
        labels(photos, cache, text)
    assert "labels.csv" in caught.value.message
    assert caught.value.hint


def test_a_missing_table_is_refused(photos, cache):
    with pytest.raises(DataError, match="no table of labels at"):
        opened(photos, cache, labels_csv="gone.csv")
