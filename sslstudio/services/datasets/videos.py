"""Frames of video files as images; needs PyAV, which the extra `video` installs."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets.image_set import Files
from sslstudio.services.datasets.listing import VIDEO_SUFFIXES, Entry, Listing, suffix_of

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

INSTALL: Final = 'pip install "sslstudio[video]"'
_MARK: Final = "#"


def frame_path(video: str, number: int) -> str:
    """Return the path under which a frame of a video is listed."""
    return f"{video}{_MARK}{number:07d}"


def frame_of(path: str) -> tuple[str, int] | None:
    """Return video and number of a frame's path; None for any other path."""
    video, mark, number = path.rpartition(_MARK)
    if mark and number.isdecimal() and suffix_of(video) in VIDEO_SUFFIXES:
        return video, int(number)
    return None


def file_of(path: str) -> str:
    """Return the file that an image comes from: the video for a frame, else the path itself."""
    frame = frame_of(path)
    return path if frame is None else frame[0]


def with_frames(listing: Listing, root: Path, stride: int) -> Listing:
    """Return the listing with every `stride`-th frame of its videos among the images."""
    if not listing.videos:
        return listing
    if find_spec("av") is None:
        count = len(listing.videos)
        note = f"Left out {count} video{'s' if count > 1 else ''}: PyAV is missing ({INSTALL})."
        return replace(listing, notes=(*listing.notes, note))
    frames: list[Entry] = []
    notes: list[str] = []
    for video in listing.videos:
        try:
            numbers = range(0, _frame_count(root / video.path), stride)
        except DataError as error:
            notes.append(f"Left out {video.path}: {error.message}")
            continue
        share = video.size // max(1, len(numbers))
        frames += [Entry(frame_path(video.path, n), share, video.stamp) for n in numbers]
    return replace(
        listing,
        files=VideoFiles(listing.files, root),
        entries=tuple(sorted([*listing.entries, *frames])),
        notes=(*listing.notes, *notes),
    )


class VideoFiles:
    """Reads image files as before, and frames of videos.

    Whoever asks for rising frames of one video decodes it once; each other reader decodes for
    itself what it passes over.
    """

    def __init__(self, images: Files, root: Path) -> None:
        self._images = images
        self._root = root
        self._one_at_a_time = Lock()
        self._playing: _Playing | None = None

    def read(self, path: str) -> bytes:
        """Return an image file's content, or a frame as one; DataError says why it cannot be."""
        frame = frame_of(path)
        if frame is None:
            return self._images.read(path)
        with self._one_at_a_time:
            return self._reached(*frame).frame(frame[1])

    def another(self) -> Files:
        """Return a reader that decodes videos for itself."""
        return VideoFiles(self._images.another(), self._root)

    def _reached(self, video: str, number: int) -> _Playing:
        """Return the video at or before a frame, opened again if it is past that."""
        playing, file = self._playing, self._root / video
        if playing is not None and playing.file == file and playing.next <= number:
            return playing
        if playing is not None:
            playing.close()
        self._playing = None
        self._playing = _Playing(file)
        return self._playing


class _Playing:
    """A video that is decoded from front to back."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.next = 0
        self._container = _opened(file)
        self._frames = self._container.decode(video=0)

    def frame(self, number: int) -> bytes:
        """Return a frame that has not been passed yet, as the content of an image file."""
        from av import FFmpegError

        try:
            for frame in self._frames:
                position, self.next = self.next, self.next + 1
                if position == number:
                    return _as_file(frame)
        except FFmpegError as error:
            raise DataError(f"The video cannot be decoded up to here ({error}).") from error
        raise DataError("The video ends before this frame.")

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()


def _opened(file: Path) -> InputContainer:
    import av

    try:
        container = av.open(str(file))
    except (av.FFmpegError, OSError) as error:
        raise DataError(f"It cannot be opened as a video ({error}).") from error
    if not container.streams.video:
        container.close()
        raise DataError("It holds no moving pictures.")
    return container


def _frame_count(file: Path) -> int:
    from av import FFmpegError

    container = _opened(file)
    try:
        stream = container.streams.video[0]
        # Not every format says how many frames there are; counting packets decodes nothing.
        return stream.frames or sum(packet.size > 0 for packet in container.demux(stream))
    except FFmpegError as error:
        raise DataError(f"It cannot be read to its end ({error}).") from error
    finally:
        container.close()


def _as_file(frame: VideoFrame) -> bytes:
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    if frame.rotation:
        picture = picture.rotate(frame.rotation, expand=True)
    content = io.BytesIO()
    # Without compression: it is decoded again at once.
    picture.save(content, "BMP")
    return content.getvalue()
