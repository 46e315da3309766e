"""Messages between the window's process and the map worker: a JSON head, then raw arrays."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

# The length of the JSON head; the head tells the shapes of the arrays that follow it.
_LENGTH = struct.Struct("<I")
_NUMBER = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what kind it is, the job it belongs to, its values and its arrays."""

    kind: str
    job: int = 0
    values: dict[str, Any] | None = None
    arrays: tuple[np.ndarray, ...] = ()

    def value(self, name: str) -> Any:
        """Return one of the values."""
        return (self.values or {})[name]


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message; arrays travel as little-endian float32."""
    arrays = [np.ascontiguousarray(array, dtype=_NUMBER) for array in message.arrays]
    head = {
        "kind": message.kind,
        "job": message.job,
        "values": message.values or {},
        "shapes": [array.shape for array in arrays],
    }
    text = json.dumps(head).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.writelines(array.data.cast("B") if array.size else b"" for array in arrays)
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """Return the next message, or None once the other side is gone."""
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    wanted = _LENGTH.unpack(length)[0]
    text = stream.read(wanted)
    if len(text) < wanted:
        return None
    head = json.loads(text)
    arrays = _read_arrays(stream, head["shapes"])
    if arrays is None:
        return None
    return Message(head["kind"], head["job"], head["values"], arrays)


def _read_arrays(stream: BinaryIO, shapes: Sequence[list[int]]) -> tuple[np.ndarray, ...] | None:
    arrays = []
    for shape in shapes:
        wanted = math.prod(shape) * _NUMBER.itemsize
        data = stream.read(wanted)
        if len(data) < wanted:
            return None
        arrays.append(np.frombuffer(data, dtype=_NUMBER).reshape(shape))
    return tuple(arrays)
