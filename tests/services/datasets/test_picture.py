import io
import random
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.picture import decode, eight_bit, to_row
from tests.services.datasets.files import BLUE, RED, WHITE, encoded


def middle(content: bytes, **settings) -> tuple[int, ...]:
    row = to_row(eight_bit(decode(content)), DataSpec(size=8, **settings))
    return tuple(int(value) for value in row[:, 4, 4])


def near(found: tuple[int, ...], wanted: tuple[int, ...], slack: int = 8) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("BMP", {}),
        ("GIF", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("PPM", {}),
    ],
)
def test_every_format_shows_its_colour(kind, options):
    content = encoded(Image.new("RGB", (20, 16), (200, 40, 90)), kind, **options)
    assert near(middle(content), (200, 40, 90))


def test_ink_of_a_print_becomes_light():
    content = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert near(middle(content), RED, 12)


def test_palette_and_bitmap_show_their_colours():
    assert middle(encoded(Image.new("RGB", (9, 9), BLUE).convert("P"))) == BLUE
    assert middle(encoded(Image.new("1", (9, 9), 1))) == WHITE
    assert middle(encoded(Image.new("1", (9, 9), 0), "TIFF")) == (0, 0, 0)


@pytest.mark.parametrize(
    ("picture", "wanted"),
    [
        (Image.new("RGBA", (9, 9), (0, 0, 0, 0)), WHITE),
        (Image.new("RGBA", (9, 9), (255, 0, 0, 128)), (255, 127, 127)),
        (Image.new("LA", (9, 9), (0, 0)), WHITE),
        (Image.new("LA", (9, 9), (40, 255)), (40, 40, 40)),
    ],
)
def test_what_is_transparent_lies_on_white(picture, wanted):
    assert near(middle(encoded(picture)), wanted, 1)
    assert middle(encoded(picture), channels="gray")[0] == pytest.approx(
        round(0.299 * wanted[0] + 0.587 * wanted[1] + 0.114 * wanted[2]), abs=2
    )


def test_a_transparent_palette_entry_lies_on_white():
    picture = Image.new("P", (9, 9), 0)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    assert middle(encoded(picture, transparency=0)) == WHITE
    assert middle(encoded(picture, "GIF", transparency=0)) == WHITE
    assert middle(encoded(picture, transparency=1)) == (10, 20, 30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_sideways_gives_an_upright_picture(kind, orientation):
    seen = Image.new("RGB", (24, 16), WHITE)
    seen.paste(RED, (0, 0, 8, 8))
    stored_from_seen = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = seen.transpose(stored_from_seen[orientation]) if orientation > 1 else seen
    tags = Image.Exif()
    tags[0x0112] = orientation
    lossless = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    decoded = decode(encoded(stored, kind, exif=tags, **lossless))
    assert decoded.size == (24, 16)
    pixels = np.asarray(decoded.picture).astype(int)
    assert near(tuple(pixels[3, 3]), RED, 40)
    assert near(tuple(pixels[12, 20]), WHITE, 40)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_a_film_the_first_frame_is_read(kind):
    first, second = Image.new("RGB", (9, 9), RED), Image.new("RGB", (9, 9), BLUE)
    lossless = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(first, kind, save_all=True, append_images=[second], **lossless)
    assert near(middle(content), RED, 2)


def test_a_cut_off_photograph_names_its_reason():
    content = encoded(Image.effect_noise((64, 64), 80).convert("RGB"), "JPEG")
    with pytest.raises(DataError, match="cut off"):
        decode(content[: len(content) // 2])


def test_a_bomb_is_not_unfolded(monkeypatch):
    content = encoded(Image.new("L", (300, 300)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20_000)
    with pytest.raises(DataError, match="million pixels"):
        decode(content)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF"])
def test_what_is_no_image_is_refused(content):
    with pytest.raises(DataError):
        decode(content)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damage_never_escapes_as_another_error():
    dice = random.Random(3)
    picture = Image.effect_noise((24, 24), 60).convert("RGB")
    kinds = ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM"]
    read = 0
    for content in [encoded(picture, kind) for kind in kinds]:
        for _ in range(60):
            damaged = bytearray(content)
            for _ in range(dice.randint(1, 8)):
                # Mostly the head, where the structure is.
                damaged[dice.randrange(min(len(damaged), dice.choice([64, 4096])))] = (
                    dice.randrange(256)
                )
            length = dice.choice([len(damaged), dice.randint(1, len(damaged))])
            with suppress(DataError):
                decode(bytes(damaged[:length]))
                read += 1
    assert 20 < read < 400


def test_crop_keeps_the_middle_and_pad_keeps_everything():
    wide = Image.new("RGB", (30, 10), RED)
    wide.paste(BLUE, (10, 0, 20, 10))
    crop = to_row(wide, DataSpec(size=10, fit="crop"))
    assert {tuple(pixel) for pixel in crop.reshape(3, -1).T.tolist()} == {BLUE}
    pad = to_row(wide, DataSpec(size=30, fit="pad"))
    assert tuple(pad[:, 15, 2]) == RED
    assert tuple(pad[:, 2, 15]) == (0, 0, 0)
    stretch = to_row(wide, DataSpec(size=30, fit="stretch"))
    assert tuple(stretch[:, 1, 1]) == RED
    assert tuple(stretch[:, 28, 15]) == BLUE


def test_shrinking_averages_instead_of_skipping():
    stripes = Image.fromarray(np.tile(np.array([[0, 255]], dtype=np.uint8), (128, 64)))
    small = to_row(stripes, DataSpec(size=16, channels="gray"))
    assert np.abs(small.astype(int) - 128).max() < 12


def test_an_extreme_shape_still_fills_the_square():
    for fit in ("crop", "pad", "stretch"):
        assert to_row(Image.new("RGB", (1, 900), RED), DataSpec(size=8, fit=fit)).shape == (3, 8, 8)


def test_deep_greys_are_scaled_by_percentiles():
    values = np.linspace(1000, 3000, 10_000).reshape(100, 100).astype(np.uint16)
    values[0, 0] = 65535
    content = encoded(Image.fromarray(values))
    row = np.asarray(eight_bit(decode(content)))
    assert row.min() == 0
    assert row[0, 0] == 255
    assert abs(int(row[50, 50]) - 128) <= 2


def test_floating_point_greys_are_scaled_too():
    values = np.linspace(-1, 1, 400, dtype=np.float32).reshape(20, 20)
    values[3, 3] = np.nan
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF")
    row = np.asarray(eight_bit(decode(file.getvalue())))
    assert row[-1, -1] == 255
    assert row[3, 3] == 0
