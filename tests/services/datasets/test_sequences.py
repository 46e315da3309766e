from pathlib import Path

import numpy as np

from sslstudio.services.datasets.sequences import hold_out_clips, read_sequences
from tests.services.datasets.files import opened, save_noise


def test_files_of_one_folder_that_differ_in_their_last_number_are_a_sequence():
    paths = [
        "a/walk-0002.png",
        "a/walk-0010.png",
        "a/walk-0001.png",
        "b/walk-0001.png",  # another folder
        "b/walk-0002.jpg",  # another kind of file
        "a/run-1.png",
        "a/run-2.png",
        "a/portrait.png",
        "7.png",
        "8.png",
    ]
    sequence, frame = read_sequences(paths)
    assert sequence.tolist() == [0, 0, 0, -1, -1, 1, 1, -1, 2, 2]
    # By number, not by letters; the gap between 2 and 10 is one step.
    assert frame.tolist() == [1, 2, 0, 0, 0, 0, 1, 0, 0, 1]


def test_names_without_numbers_are_no_sequence():
    assert read_sequences(["cat.png", "dog.png", "a/1.png"]) is None


def test_frames_of_videos_belong_to_their_video():
    paths = ["x/a.mp4#0000000", "x/a.mp4#0000010", "x/b.mp4#0000000", "x/b.mp4#0000005", "x/3.png"]
    sequence, frame = read_sequences(paths)
    assert sequence.tolist() == [0, 0, 1, 1, -1]
    assert frame.tolist() == [0, 1, 0, 1, 0]


def test_whole_videos_are_held_out_and_of_a_single_one_its_end():
    sequence = np.repeat(np.arange(20), 7)
    frame, labels = np.tile(np.arange(7), 20), np.repeat(np.arange(2), 70)
    split = hold_out_clips(sequence, frame, labels).reshape(20, 7)
    assert (split == split[:, :1]).all()
    assert split[:10, 0].sum() == split[10:, 0].sum() == 2
    alone = hold_out_clips(np.zeros(20, int), np.arange(20), np.full(20, -1))
    assert alone.tolist() == [0] * 16 + [1] * 4


def test_a_folder_of_numbered_images_keeps_its_split_and_knows_its_order(tmp_path: Path, cache):
    for number in (1, 2, 10, 11):
        save_noise(tmp_path / "set" / f"frame-{number}.png", number, (9, 9))
    images = opened(tmp_path / "set", cache)
    assert images.paths == tuple(f"frame-{number}.png" for number in (1, 10, 11, 2))
    assert images.sequence.tolist() == [0, 0, 0, 0]
    assert images.frame.tolist() == [0, 2, 3, 1]
    assert not images.clips
    assert len(images.held_out_indices()) == 1
