import pytest
import torch

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.images import ImageStore
from sslstudio.engine.sampling import seeded
from sslstudio.engine.sequences import Sequences

# Two clips of six and four frames, one still, and a clip of one frame.
SEQUENCE = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -1, 2])
FRAME = torch.tensor([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 0, 0])
TRAIN = torch.tensor([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])  # frame 3 of the first clip is kept out


def drawn(row: int, reach: int, draws: int = 300) -> set[int]:
    rows = torch.full((draws,), row)
    found = Sequences(SEQUENCE, FRAME, TRAIN).near(rows, reach, seeded("cpu", "test"))
    return set(found.tolist())


@pytest.mark.parametrize(
    ("row", "reach", "wanted"),
    [
        (0, 1, {1}),
        (1, 1, {0, 2}),
        (4, 1, {5}),  # the frame before it does not belong to training
        (4, 2, {2, 5}),
        (2, 1000, {0, 1, 4, 5}),
        (9, 2, {7, 8}),
        (3, 1, {2, 4}),  # a frame that is kept out still has neighbours to be compared with
        (5, 1000, {0, 1, 2, 4}),  # never a frame of the next clip
        (10, 5, {10}),  # a still
        (11, 5, {11}),  # the only frame of its clip
    ],
)
def test_neighbours_are_training_frames_within_reach_of_the_same_clip(row, reach, wanted):
    assert drawn(row, reach) == wanted


def test_all_frames_within_reach_are_equally_likely():
    rows = torch.full((8000,), 2)
    found = Sequences(SEQUENCE, FRAME, TRAIN).near(rows, 1000, seeded("cpu", "test"))
    shares = torch.bincount(found, minlength=12)[[0, 1, 4, 5]] / 8000
    assert shares.sub(0.25).abs().max() < 0.02


def test_the_draw_depends_on_the_generator_alone():
    torch.manual_seed(1)
    sequences, rows = Sequences(SEQUENCE, FRAME, TRAIN), torch.arange(12)
    first = sequences.near(rows, 3, seeded("cpu", 5, "views", 7))
    torch.manual_seed(2)
    assert torch.equal(first, sequences.near(rows, 3, seeded("cpu", 5, "views", 7)))
    others = [sequences.near(rows, 3, seeded("cpu", 5, "views", step)) for step in range(8)]
    assert any(not torch.equal(first, other) for other in others)


def store(sequences: Sequences | None) -> ImageStore:
    rows = torch.arange(12)
    return ImageStore(
        images=torch.zeros(12, 3, 8, 8, dtype=torch.uint8),
        labels=torch.full((12,), -1),
        train=TRAIN,
        validation=rows[3:4],
        held_out=rows[:0],
        device=torch.device("cpu"),
        sequences=sequences,
    )


def test_images_without_sequences_are_refused_with_the_reason_only_when_frames_are_asked_for():
    rows = torch.arange(4)
    none = Sequences(torch.full((12,), -1), FRAME, TRAIN)
    for missing in (store(None), store(none)):
        assert missing.near(rows, 0, seeded("cpu")) is rows
        with pytest.raises(RecipeError, match="form no sequences"):
            missing.near(rows, 1, seeded("cpu"))
