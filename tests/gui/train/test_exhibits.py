import numpy as np
import pytest

from sslstudio.domain.errors import InputError
from sslstudio.domain.events import Shown
from sslstudio.gui.train.exhibits import read_exhibit


def _shown(name, captions=(), **numbers):
    return Shown(step=40, path=name, captions=captions, numbers=numbers)


def test_a_pair_with_its_numbers(tmp_path):
    view = np.full((8, 8, 3), 7, np.uint8)
    np.savez(tmp_path / "pair.npz", view_a=view, view_b=view)
    exhibit = read_exhibit(tmp_path, _shown("pair.npz", cosine=0.83, hardest_negative=0.61))
    assert exhibit.pair is not None
    assert exhibit.pair[0].shape == (8, 8, 3)
    assert (exhibit.cosine, exhibit.hardest_negative) == (0.83, 0.61)
    assert exhibit.answers == ()


def test_answers_come_in_the_order_of_the_captions_and_grey_becomes_colour(tmp_path):
    rows = {"rebuilt": np.zeros((4, 6, 6, 1), np.uint8), "input": np.zeros((2, 6, 6, 3), np.uint8)}
    np.savez(tmp_path / "answer.npz", **rows)
    exhibit = read_exhibit(tmp_path, _shown("answer.npz", ("input", "rebuilt", "view_a")))
    assert [row.caption for row in exhibit.answers] == ["input", "rebuilt"]
    assert exhibit.answers[1].pictures[0].shape == (6, 6, 3)
    assert exhibit.pair is None


def test_a_file_that_is_no_archive_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(InputError, match=r"broken\.npz"):
        read_exhibit(tmp_path, _shown("broken.npz"))
    with pytest.raises(InputError):
        read_exhibit(tmp_path, _shown("missing.npz"))
    (tmp_path / "empty.npz").touch()
    with pytest.raises(InputError):
        read_exhibit(tmp_path, _shown("empty.npz"))
    whole = tmp_path / "whole.npz"
    np.savez_compressed(whole, view_a=np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    content = bytearray(whole.read_bytes())
    content[60:90] = b"\xff" * 30
    (tmp_path / "garbled.npz").write_bytes(content)
    with pytest.raises(InputError):
        read_exhibit(tmp_path, _shown("garbled.npz"))
    np.savez(tmp_path / "scalar.npz", Answer=np.uint8(3))
    with pytest.raises(InputError, match="Answer"):
        read_exhibit(tmp_path, _shown("scalar.npz"))


def test_pickled_objects_are_never_read(tmp_path):
    np.savez(tmp_path / "pickle.npz", view_a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError):
        read_exhibit(tmp_path, _shown("pickle.npz"))


def test_an_array_that_is_no_picture_is_refused(tmp_path):
    np.savez(tmp_path / "float.npz", view_a=np.zeros((8, 8, 3)), view_b=np.zeros((8, 8, 3)))
    with pytest.raises(InputError, match="view_a"):
        read_exhibit(tmp_path, _shown("float.npz"))
