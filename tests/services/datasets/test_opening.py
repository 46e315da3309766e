import gzip
import struct
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torchvision

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets import known_sources, read_picture
from sslstudio.services.datasets.torchvision_sets import join_parts
from tests.services.datasets.files import class_folders, opened


def test_the_names_of_known_sources():
    assert known_sources() == (
        "shapes",
        "shapes-upright",
        "digits",
        "shapes-video",
        "cifar10",
        "cifar100",
        "stl10",
        "svhn",
        "mnist",
        "fashion-mnist",
    )


def test_digits_at_any_resolution(cache):
    digits = opened("digits", cache, size=32)
    assert digits.images.shape == (1797, 3, 32, 32)
    assert digits.class_names == tuple("0123456789")
    assert digits.original_sizes[0].tolist() == [8, 8]
    assert 355 <= len(digits.held_out_indices()) <= 362
    per_class = np.bincount(digits.labels[digits.held_out_indices()])
    assert per_class.min() >= 34
    grey = opened("Digits", cache, size=8, channels="gray")
    assert grey.images.shape == (1797, 1, 8, 8)
    assert grey.images.max() == 255
    assert np.array_equal(grey.labels, digits.labels)
    assert read_picture(digits, 7).size == (8, 8)
    assert digits.paths[7] == "digits/00007"
    # The originals serve their own resolution: one pack for them, one for 32 px.
    assert len(list((cache / "images").iterdir())) == 2


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("shpaes", "Did you mean shapes?"),
        ("no-such-thing", "no folder, archive or data set named 'no-such-thing'"),
        ("", "No source"),
        ("x" * 5000, "no folder, archive or data set"),
        ("a\0b", "no folder, archive or data set"),
    ],
)
def test_an_unknown_source_is_refused(cache, source, words):
    with pytest.raises(DataError) as caught:
        opened(source, cache)
    assert words in str(caught.value)


def test_a_relative_path_becomes_absolute(tmp_path, cache, monkeypatch):
    class_folders(tmp_path / "pets", {"a": 3})
    monkeypatch.chdir(tmp_path)
    images = opened("pets", cache)
    assert images.source == str(tmp_path / "pets")
    assert read_picture(images, 0).size == (9, 9)


def write_mnist(cache, prefix: str, count: int) -> None:
    folder = cache / "downloads" / "MNIST" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(count * 28 * 28, dtype=np.uint32).astype(np.uint8)
    for name, head, body in (
        ("images-idx3-ubyte", (0x803, count, 28, 28), pixels),
        ("labels-idx1-ubyte", (0x801, count), np.arange(count, dtype=np.uint8) % 10),
    ):
        content = struct.pack(f">{len(head)}I", *head) + body.tobytes()
        (folder / f"{prefix}-{name}").write_bytes(content)
        (folder / f"{prefix}-{name}.gz").write_bytes(gzip.compress(content))


def test_a_set_of_torchvision_that_was_downloaded_before(cache):
    write_mnist(cache, "train", 12)
    write_mnist(cache, "t10k", 4)
    images = opened("mnist", cache, size=28, channels="gray")
    assert images.name == "MNIST"
    assert images.images.shape == (16, 1, 28, 28)
    assert images.split.tolist() == [0] * 12 + [1] * 4
    assert images.labels.tolist() == [*range(10), 0, 1, 0, 1, 2, 3]
    assert len(images.class_names) == 10


def test_no_network_is_said(cache, monkeypatch):
    def unplugged(*_args, **_kwargs):
        raise URLError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", unplugged)
    for name in ("cifar10", "mnist", "svhn"):
        with pytest.raises(DataError, match="cannot be downloaded") as caught:
            opened(name, cache)
        assert "network" in caught.value.hint
    assert not list((cache / "images").glob("*"))


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (
            lambda n: SimpleNamespace(
                data=np.full((n, 5, 4, 3), 9, np.uint8), targets=[0] * n, classes=["a", "b"]
            ),
            ("a", "b"),
        ),
        (
            lambda n: SimpleNamespace(
                data=np.full((n, 3, 5, 4), 9, np.uint8), labels=np.full(n, -1), classes=["a"]
            ),
            ("a",),
        ),
        (
            lambda n: SimpleNamespace(data=np.full((n, 3, 5, 4), 9, np.uint8), labels=np.arange(n)),
            ("0", "1", "2"),
        ),
    ],
)
def test_every_layout_of_torchvision_becomes_one(make, names):
    joined = join_parts(make(3), make(2))
    assert joined.images.shape == (5, 3, 5, 4)
    assert joined.labels.dtype == np.int64
    assert joined.split.tolist() == [0, 0, 0, 1, 1]
    assert joined.class_names == names


def test_torchvision_knows_every_set_that_is_offered():
    from sslstudio.services.datasets.torchvision_sets import DOWNLOADABLE

    for entry in DOWNLOADABLE.values():
        assert hasattr(torchvision.datasets, entry.class_name)
