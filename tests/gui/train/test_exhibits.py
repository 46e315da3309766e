import numpy as np
import pytest

from sslstudio.domain.errors import InputError
from sslstudio.gui.train.exhibits import read_exhibit


def test_a_pair_with_its_numbers(tmp_path):
    path = tmp_path / "pair.npz"
    view = np.full((8, 8, 3), 7, np.uint8)
    np.savez(path, view_a=view, view_b=view, cosine=0.83, hardest_negative=0.61)
    exhibit = read_exhibit(path)
    assert exhibit.view_a is not None
    assert exhibit.view_a.shape == (8, 8, 3)
    assert (exhibit.cosine, exhibit.hardest_negative) == (0.83, 0.61)


def test_answers_have_captions_and_grey_pictures_become_colour(tmp_path):
    path = tmp_path / "answer.npz"
    np.savez(
        path, answer_0=np.zeros((4, 6, 6, 1), np.uint8), answer_1=np.zeros((2, 6, 6), np.uint8)
    )
    exhibit = read_exhibit(path, ("rotated by | 0° | 90° | 180° | 270°", "rebuilt"))
    assert [row.caption for row in exhibit.answers] == ["rotated by", "rebuilt"]
    assert exhibit.answers[0].labels == ("0°", "90°", "180°", "270°")
    assert exhibit.answers[1].pictures[0].shape == (6, 6, 3)


def test_a_file_that_is_no_archive_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(InputError, match=r"broken\.npz"):
        read_exhibit(path)
    with pytest.raises(InputError):
        read_exhibit(tmp_path / "missing.npz")


def test_pickled_objects_are_never_read(tmp_path):
    path = tmp_path / "pickle.npz"
    np.savez(path, view_a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError):
        read_exhibit(path)


def test_an_array_that_is_no_picture_is_refused(tmp_path):
    path = tmp_path / "float.npz"
    np.savez(path, view_a=np.zeros((8, 8, 3)))
    with pytest.raises(InputError, match="view_a"):
        read_exhibit(path)
