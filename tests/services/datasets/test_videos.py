from pathlib import Path

import av
import numpy as np
import pytest

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets import read_picture, same_content
from sslstudio.services.datasets import videos as videos_module
from sslstudio.services.datasets.videos import file_of, frame_of, frame_path
from tests.services.datasets.files import opened, save_noise, zip_folder

FRAMES = 24
SIDE = 32


def save_video(place: Path, frames: int = FRAMES, start: int = 0) -> Path:
    """Write a video whose frames are flat greys that grow lighter by nine."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(place), "w") as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            grey = np.full((SIDE, SIDE, 3), start + 9 * number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return place


def greys(images) -> list[int]:
    return images.images.mean(axis=(1, 2, 3)).round().astype(int).tolist()


def test_frames_at_a_stride_are_images_in_order(tmp_path, cache):
    save_video(tmp_path / "set" / "a.mp4")
    save_video(tmp_path / "set" / "b.avi", frames=9, start=20)
    images = opened(tmp_path / "set", cache, video_stride=4)
    assert images.paths == (
        *(f"a.mp4#{number:07d}" for number in range(0, FRAMES, 4)),
        *(f"b.avi#{number:07d}" for number in range(0, 9, 4)),
    )
    expected = [9 * n for n in range(0, FRAMES, 4)] + [20 + 9 * n for n in range(0, 9, 4)]
    assert np.abs(np.array(greys(images)) - expected).max() <= 3
    assert images.sequence.tolist() == [0] * 6 + [1] * 3
    assert images.frame.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert images.clips
    assert images.class_names == ()
    assert not images.unreadable
    held_out = images.sequence[images.held_out_indices()]
    assert set(held_out) in ({0}, {1})
    assert any("whole videos at a time" in note for note in images.notes)
    every = opened(tmp_path / "set", cache, video_stride=1)
    assert len(every.paths) == FRAMES + 9


def test_one_video_is_a_source_and_its_end_is_held_out(tmp_path, cache):
    images = opened(save_video(tmp_path / "clip.mp4"), cache, video_stride=2)
    assert len(images.paths) == 12
    assert images.held_out_indices().tolist() == [10, 11]
    assert any("the last 2 of 12 frames" in note for note in images.notes)


def test_originals_can_be_read_again_in_any_order(tmp_path, cache):
    images = opened(save_video(tmp_path / "clip.mp4"), cache, video_stride=5)
    for index in (3, 0, 4, 1):
        picture = read_picture(images, index)
        assert picture.size == (SIDE, SIDE)
        assert abs(np.asarray(picture).mean() - 45 * index) <= 3


def test_videos_in_class_folders_have_classes_and_stills_stay_stills(tmp_path, cache):
    save_video(tmp_path / "set" / "walk" / "a.mp4")
    save_video(tmp_path / "set" / "run" / "b.mp4")
    save_noise(tmp_path / "set" / "run" / "still.png")
    images = opened(tmp_path / "set", cache, video_stride=8)
    assert images.class_names == ("run", "walk")
    assert images.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert images.sequence.tolist() == [0, 0, 0, -1, 1, 1, 1]


def test_a_broken_video_is_named_and_the_others_are_read(tmp_path, cache):
    save_video(tmp_path / "set" / "good.mp4")
    (tmp_path / "set" / "bad.mp4").write_bytes(b"no video at all")
    images = opened(tmp_path / "set", cache, video_stride=4)
    assert len(images.paths) == 6
    assert any(note.startswith("Left out bad.mp4: It cannot be opened") for note in images.notes)


def test_a_video_that_ends_early_loses_its_last_frames_only(tmp_path, cache, monkeypatch):
    place = save_video(tmp_path / "clip.mp4")
    monkeypatch.setattr(videos_module, "_frame_count", lambda _file: FRAMES + 8)
    images = opened(place, cache, video_stride=4)
    assert len(images.paths) == 6
    assert [file.path for file in images.unreadable] == [
        frame_path("clip.mp4", number) for number in (24, 28)
    ]
    assert images.unreadable[0].reason == "The video ends before this frame."


def test_without_pyav_the_remedy_is_said(tmp_path, cache, monkeypatch):
    save_video(tmp_path / "set" / "a.mp4")
    monkeypatch.setattr(videos_module, "find_spec", lambda _name: None)
    with pytest.raises(DataError) as caught:
        opened(tmp_path / "set", cache)
    assert "sslstudio[video]" in caught.value.hint
    for number in range(3):
        save_noise(tmp_path / "set" / f"{number}.png", number, (9, 9))
    images = opened(tmp_path / "set", cache)
    assert len(images.paths) == 3
    assert any("Left out 1 video: PyAV is missing" in note for note in images.notes)


def test_videos_in_an_archive_are_left_out_with_the_reason(tmp_path, cache):
    save_video(tmp_path / "set" / "a.mp4")
    for number in range(3):
        save_noise(tmp_path / "set" / f"x{number}.png", number, (9, 9))
    images = opened(zip_folder(tmp_path / "set", tmp_path / "set.zip"), cache)
    assert len(images.paths) == 3
    assert any("unpack the archive" in note for note in images.notes)


def test_frames_are_named_after_their_video_and_nothing_else_is_taken_for_one(tmp_path, cache):
    assert frame_of(frame_path("x/a.mp4", 12)) == ("x/a.mp4", 12)
    assert frame_of("x/a.png#0000012") is None
    assert frame_of("x/a#12.png") is None
    assert file_of("x/a.mp4#0000012") == "x/a.mp4"
    assert file_of("x/a.png") == "x/a.png"
    save_video(tmp_path / "old" / "a.mp4")
    images = opened(tmp_path / "old", cache, video_stride=3)
    assert same_content(images.paths, str(tmp_path / "old")).complete
