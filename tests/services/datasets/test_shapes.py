import hashlib

import numpy as np
import pytest

from sslstudio.services.datasets import read_picture
from sslstudio.services.datasets.image_set import ImageSet
from tests.services.datasets.files import opened

PINNED = {
    "shapes": "eb379ac03c7a56fb7ca6d75b365b9edcda9f91ca56feb929fe02730258d93cdf",
    "shapes-upright": "08d331a0880337a4d2029942d94e74a286aa22f914de18702acd0d265a22cf3c",
    "shapes-video": "0ad18a537941cbc3c4edebd63def74eb0f77e3436d5bd8426ccfc46801f08a6e",
}


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("shapes")


@pytest.fixture(scope="module")
def shapes(shared_cache) -> ImageSet:
    return opened("shapes", shared_cache, size=32)


@pytest.fixture(scope="module")
def upright(shared_cache) -> ImageSet:
    return opened("shapes-upright", shared_cache, size=32)


@pytest.mark.parametrize("name", PINNED)
def test_every_byte_is_pinned(name, shared_cache):
    images = opened(name, shared_cache, size=32)
    assert hashlib.sha256(images.images.tobytes()).hexdigest() == PINNED[name]


def test_ten_balanced_shapes_with_known_factors(shapes):
    assert shapes.images.shape == (12_000, 3, 32, 32)
    assert len(shapes.class_names) == 10
    assert len(shapes.train_indices()) == 10_000
    for part in (shapes.train_indices(), shapes.held_out_indices()):
        assert len(set(np.bincount(shapes.labels[part]))) == 1
    assert set(shapes.factors) == {
        "shape",
        "colour",
        "texture",
        "background",
        "position",
        "scale",
        "rotation",
    }
    assert np.array_equal(shapes.factors["shape"], shapes.labels)
    assert shapes.factors["position"].shape == (12_000, 2)
    assert shapes.paths[12] == "shapes/00012"


def dependence(first: np.ndarray, second: np.ndarray) -> float:
    """Cramer's V of two factors: 0 if independent, 1 if one determines the other."""
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    chi = ((table - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi / table.sum() / (min(table.shape) - 1)))


def test_factors_are_independent(shapes):
    bands = {
        name: np.digitize(values, np.quantile(values, [0.25, 0.5, 0.75]))
        for name, values in shapes.factors.items()
        if name in {"scale", "rotation"}
    }
    kinds = {name: shapes.factors[name] for name in ("shape", "colour", "texture", "background")}
    named = list({**kinds, **bands}.values())
    for order, first in enumerate(named):
        for second in named[order + 1 :]:
            assert dependence(first, second) < 0.05


def test_the_upright_variant_has_a_top_and_telling_colours(upright):
    assert np.abs(upright.factors["rotation"]).max() <= 15
    assert dependence(upright.factors["shape"], upright.factors["colour"]) > 0.5
    # Light falls from above: within the shapes the upper half is brighter.
    upper, lower = [], []
    for index in range(600):
        across, down = ((upright.factors["position"][index] + 1) * 16).astype(int)
        reach = max(2, int(upright.factors["scale"][index] * 6))
        column = upright.images[index, :, :, min(31, max(0, across))].mean(axis=0)
        upper.append(column[max(0, down - reach) : down].mean())
        lower.append(column[down : down + reach].mean())
    assert np.mean(upper) > np.mean(lower) + 5


def lightness(pictures: np.ndarray) -> np.ndarray:
    return pictures.astype(float) @ np.array([0.299, 0.587, 0.114])


def test_the_shape_stands_out_from_its_background(shapes):
    solid = np.flatnonzero(~np.isin(shapes.labels, [5, 6]))[:3000]
    places = ((shapes.factors["position"][solid] + 1) * 16).astype(int).clip(0, 31)
    pictures = shapes.images[solid].transpose(0, 2, 3, 1)
    inside = lightness(pictures[np.arange(len(solid)), places[:, 1], places[:, 0]])
    corners = np.stack([lightness(pictures[:, y, x]) for y in (0, 31) for x in (0, 31)], axis=1)
    contrast = np.abs(inside[:, None] - corners).max(axis=1)
    assert np.quantile(contrast, 0.02) > 35


def test_raw_pixels_do_not_give_the_shape_away(shapes):
    flat = shapes.images.reshape(12_000, -1).astype(np.float32)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    train, test = shapes.train_indices(), shapes.held_out_indices()
    similarity = flat[test] @ flat[train].T
    nearest = np.argpartition(-similarity, 20, axis=1)[:, :20]
    weight = np.exp(np.take_along_axis(similarity, nearest, axis=1) / 0.07)
    votes = np.zeros((len(test), 10))
    rows = np.repeat(np.arange(len(test)), 20)
    np.add.at(votes, (rows, shapes.labels[train][nearest].ravel()), weight.ravel())
    accuracy = (votes.argmax(axis=1) == shapes.labels[test]).mean()
    # Measured .277; chance is .1.
    assert 0.15 < accuracy < 0.40


def test_other_resolutions_are_resized_from_the_same_pictures(shapes, shared_cache):
    large = opened("shapes", shared_cache, size=48, channels="gray")
    assert large.images.shape == (12_000, 1, 48, 48)
    assert large.fingerprint != shapes.fingerprint
    assert read_picture(large, 5).tobytes() == read_picture(shapes, 5).tobytes()


@pytest.fixture(scope="module")
def video(shared_cache) -> ImageSet:
    return opened("shapes-video", shared_cache, size=32)


def test_clips_are_whole_in_one_part_and_keep_their_object(video):
    assert video.clips
    clips = video.sequence.reshape(600, 20)
    assert np.array_equal(clips, np.repeat(np.arange(600)[:, None], 20, axis=1))
    assert np.array_equal(video.frame, np.arange(12_000))
    for values in (video.labels, video.split, video.factors["colour"], video.factors["texture"]):
        assert (values.reshape(600, 20) == values.reshape(600, 20)[:, :1]).all()
    for part in (video.train_indices(), video.held_out_indices()):
        assert len(set(np.bincount(video.labels[part]))) == 1


def test_shapes_drift_turn_and_scale_smoothly(video):
    place = video.factors["position"].reshape(600, 20, 2)
    scale = video.factors["scale"].reshape(600, 20)
    turn = np.diff(video.factors["rotation"].reshape(600, 20), axis=1)
    turn = np.abs((turn + 180) % 360 - 180)
    assert np.abs(np.diff(place, axis=1)).max() < 0.16
    assert np.abs(np.diff(scale, axis=1)).max() < 0.03
    assert turn.min() > 2.9
    assert turn.max() < 12.1
    # Over a whole clip nearly everything changes.
    assert np.median(np.ptp(place, axis=1)) > 0.3
    assert 0.45 < scale.min() < scale.max() < 0.76
    pictures = video.images.reshape(600, 20, -1).astype(float)
    beside = np.abs(pictures[:, 1:] - pictures[:, :-1]).mean()
    elsewhere = np.abs(pictures[:, :-1] - np.roll(pictures, 1, axis=0)[:, 1:]).mean()
    assert beside < 0.4 * elsewhere


def test_resized_clips_are_the_same_clips(video, shared_cache):
    small = opened("shapes-video", shared_cache, size=16)
    assert np.array_equal(small.sequence, video.sequence)
    assert small.clips
