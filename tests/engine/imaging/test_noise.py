import numpy as np
import pytest
import torch
from scipy.stats import kstest

from sslstudio.engine.imaging.noise import normal_noise, uniform_noise

COUNT = 3072


def keys(images: int) -> torch.Tensor:
    return torch.rand(images, 2, generator=torch.Generator().manual_seed(4))


def test_the_hash_is_the_one_that_is_written_down():
    """The same arithmetic with numpy's unsigned numbers."""
    numbers = keys(3)
    first, second = (numbers.double().numpy() * 2**24).astype(np.uint32).T
    for image in range(3):
        values = np.arange(COUNT, dtype=np.uint32) * np.uint32(0x9E3779B1) + first[image]
        values ^= values >> np.uint32(16)
        values *= np.uint32(0x7FEB352D)
        with np.errstate(over="ignore"):
            values ^= second[image] * np.uint32(0x9E3779B1)
        values ^= values >> np.uint32(15)
        values *= np.uint32(0x846CA68B)
        values ^= values >> np.uint32(16)
        expected = ((values >> np.uint32(8)).astype(np.float64) + 0.5) / 2**24
        result = uniform_noise(numbers, COUNT)[image].double().numpy()
        np.testing.assert_allclose(result, expected, atol=1e-7)


@pytest.mark.parametrize(("noise", "law"), [(uniform_noise, "uniform"), (normal_noise, "norm")])
def test_the_law_holds_over_pixels_and_over_images(noise, law):
    drawn = noise(keys(2000), 40)
    assert kstest(drawn.flatten(), law).pvalue > 1e-3
    assert kstest(drawn[:, 7], law).pvalue > 1e-3
    assert kstest(noise(keys(1), 20000).flatten(), law).pvalue > 1e-3


@pytest.mark.parametrize("noise", [uniform_noise, normal_noise])
def test_neither_neighbours_nor_images_nor_channels_are_correlated(noise):
    drawn = noise(keys(400), COUNT)
    drawn = (drawn - drawn.mean()) / drawn.std()
    bound = 4.0 / (400 * COUNT) ** 0.5
    for lag in (1, 2, 32, 1024, COUNT // 2):
        assert (drawn[:, lag:] * drawn[:, :-lag]).mean().abs() < bound * 1.5
    assert (drawn[1:] * drawn[:-1]).mean().abs() < bound * 1.5
    assert (drawn.mean(dim=1) * COUNT**0.5).abs().max() < 4.5


def test_uniform_noise_never_reaches_its_ends():
    drawn = uniform_noise(keys(200), COUNT)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert normal_noise(keys(200), COUNT).isfinite().all()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_count_of_numbers(count):
    assert normal_noise(keys(3), count).shape == (3, count)


def test_close_keys_give_other_noise():
    close = torch.tensor([[0.25, 0.5], [0.25 + 2**-24, 0.5], [0.25, 0.5 + 2**-24]])
    drawn = normal_noise(close, COUNT)
    assert torch.corrcoef(drawn).fill_diagonal_(0).abs().max() < 0.08
