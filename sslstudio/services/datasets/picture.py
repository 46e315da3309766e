"""One image file: decoded as a person would see it, then brought to the working resolution."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.depth import DEEP_MODES, to_eight_bits

FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""What Pillow may try on a file, whatever its name; nothing that starts another program."""

_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's readers raise on damaged content."""

_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture the right way up, in mode RGB, L or one of the deep modes."""

    picture: Image.Image
    size: tuple[int, int]
    """Width and height of the whole original, the right way up."""

    @property
    def deep(self) -> bool:
        """True if it has more than 256 grey levels."""
        return self.picture.mode in DEEP_MODES


def decode(content: bytes) -> Decoded:
    """Return the first frame, upright and on white where it is transparent.

    A JPEG is decoded at its full size: decoding at a fraction would be quicker, but an exported
    encoder could not see the same pixels. DataError carries the reason if it is no whole picture.
    """
    if not content:
        raise DataError("The file is empty.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as file:
            width, height = file.size
            turn = _turn(file)
            file.load()
            picture = _opaque(file)
    except _BROKEN as error:
        raise DataError(_reason(error)) from error
    if turn is not None:
        picture = picture.transpose(turn)
    turned = turn in (_UPRIGHT[5], _UPRIGHT[6], _UPRIGHT[7], _UPRIGHT[8])
    return Decoded(picture, (height, width) if turned else (width, height))


def eight_bit(decoded: Decoded, limits: tuple[int, int] | None = None) -> Image.Image:
    """Return the picture in mode RGB or L, deep values scaled by `limits` or percentiles."""
    return to_eight_bits(decoded.picture, limits) if decoded.deep else decoded.picture


def to_row(picture: Image.Image, data: DataSpec) -> np.ndarray:
    """Return a picture at the working resolution, uint8 (channels, size, size)."""
    fitted = _fitted(picture, data)
    if data.channels == "gray":
        return np.asarray(_in_mode(fitted, "L"))[None]
    return np.ascontiguousarray(np.asarray(_in_mode(fitted, "RGB")).transpose(2, 0, 1))


def from_row(row: np.ndarray) -> Image.Image:
    """Return the picture that a uint8 (channels, height, width) array shows, in mode RGB."""
    planes = np.broadcast_to(row, (3, *row.shape[1:]))
    return Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))


def _fitted(picture: Image.Image, data: DataSpec) -> Image.Image:
    width, height = picture.size
    target = (data.size, data.size)
    if picture.size == target:
        return picture
    if data.fit == "stretch" or width == height:
        return _resized(picture, target, (0, 0, width, height))
    if data.fit == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return _resized(picture, target, (left, top, left + side, top + side))
    scale = data.size / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    framed = Image.new(picture.mode, target)
    corner = ((data.size - inner[0]) // 2, (data.size - inner[1]) // 2)
    framed.paste(_resized(picture, inner, (0, 0, width, height)), corner)
    return framed


def _resized(
    picture: Image.Image, target: tuple[int, int], box: tuple[int, int, int, int]
) -> Image.Image:
    # Pillow's bicubic widens its kernel when it shrinks, so that it is antialiased. Columns
    # before rows in two calls: left to itself, Pillow picks the order by its own estimate of
    # the cost, and an exported encoder repeats this arithmetic to the bit.
    kernel = Image.Resampling.BICUBIC
    left, top, right, bottom = box
    narrow = picture.resize(
        (target[0], picture.height), kernel, box=(left, 0, right, picture.height)
    )
    return narrow.resize(target, kernel, box=(0, top, target[0], bottom))


def _turn(file: Image.Image) -> Image.Transpose | None:
    # Pillow turns a TIFF by itself; asking every JPEG for its tags would cost 10 % of the time.
    if file.format == "TIFF" or "exif" not in file.info:
        return None
    try:
        return _UPRIGHT.get(file.getexif().get(_ORIENTATION_TAG, 1))
    except _BROKEN:
        # A damaged tag does not make the picture unreadable.
        return None


def _opaque(file: Image.Image) -> Image.Image:
    if file.mode in DEEP_MODES:
        return file
    if file.has_transparency_data:
        clear = file.convert("RGBA")
        white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, clear).convert("RGB")
    return _in_mode(file, "L" if file.mode in {"1", "L"} else "RGB")


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    # Pillow copies a picture even if it has the mode already: 10 % of the time at 32 px.
    return picture if picture.mode == mode else picture.convert(mode)


def _reason(error: BaseException) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "Its content is not a picture in a format that can be read."
    if isinstance(error, Image.DecompressionBombError):
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        return f"It unfolds to more than {limit} million pixels, which is taken for an attack."
    if isinstance(error, MemoryError):
        return "There is not enough memory to decode it."
    text = str(error)
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return "The file is cut off: its end is missing."
    return f"The picture is damaged ({text or type(error).__name__})."
