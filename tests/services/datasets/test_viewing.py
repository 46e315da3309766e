from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import read_picture, read_query
from tests.services.datasets.files import BLUE, encoded, opened, save_noise, save_plain, zip_folder


def test_a_picture_is_shown_at_its_own_size(tmp_path, cache):
    save_noise(tmp_path / "s" / "a.png", 1, (70, 50))
    save_plain(tmp_path / "s" / "b.png", BLUE, (33, 21))
    images = opened(tmp_path / "s", cache)
    assert read_picture(images, 0).size == (70, 50)
    assert read_picture(images, 1).getpixel((5, 5)) == BLUE
    assert read_picture(images, 1).mode == "RGB"


def test_several_threads_may_look_into_one_archive(tmp_path, cache):
    for number in range(12):
        save_noise(tmp_path / "s" / f"{number:02d}.png", number)
    images = opened(zip_folder(tmp_path / "s", tmp_path / "s.zip"), cache)
    wanted = [read_picture(images, index).tobytes() for index in range(12)]
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda turn: read_picture(images, turn % 12).tobytes(), range(120))
    assert list(found) == wanted * 10


def test_a_picture_that_has_gone_is_said(tmp_path, cache):
    save_plain(tmp_path / "s" / "a.png")
    save_plain(tmp_path / "s" / "b.png")
    images = opened(tmp_path / "s", cache)
    (tmp_path / "s" / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png .* can no longer be read\. It is gone\."):
        read_picture(images, 0)


def test_a_query_is_treated_like_the_set(tmp_path, cache):
    for number in range(3):
        save_noise(tmp_path / "s" / f"{number}.png", number, (40, 30))
    zip_folder(tmp_path / "s", tmp_path / "s.zip")
    for fit in ("crop", "pad", "stretch"):
        for channels in ("rgb", "gray"):
            data = DataSpec(source=str(tmp_path / "s"), size=16, fit=fit, channels=channels)
            images = opened(data.source, cache, size=16, fit=fit, channels=channels)
            place = tmp_path / "s" / "1.png"
            assert np.array_equal(read_query(place, data), images.images[1])
            assert np.array_equal(read_query(str(place), data), images.images[1])
            assert np.array_equal(read_query(place.read_bytes(), data), images.images[1])


def test_a_deep_query_uses_the_scale_of_the_set(tmp_path, cache):
    (tmp_path / "s").mkdir()
    for number in range(4):
        level = np.full((20, 20), 1000 * number, dtype=np.uint16)
        Image.fromarray(level).save(tmp_path / "s" / f"{number}.png")
    images = opened(tmp_path / "s", cache)
    found = read_query(tmp_path / "s" / "2.png", DataSpec(size=8), depth_range=images.depth_range)
    assert np.array_equal(found, images.images[2])


def test_a_query_that_is_no_image_is_refused(tmp_path):
    data = DataSpec(size=8)
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    for query, words in [
        (text, "notes.txt cannot be read as an image. Its content is not a picture"),
        (tmp_path / "gone.png", "There is no such file"),
        (tmp_path, "cannot be opened"),
        (b"junk", "The picture cannot be read"),
        (encoded(Image.new("L", (99, 99)))[:60], "cannot be read as an image"),
    ]:
        with pytest.raises(DataError) as caught:
            read_query(query, data)
        assert words in str(caught.value)
