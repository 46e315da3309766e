import math

import pytest
import torch

from sslstudio.engine.colour_bins import ColourBins, gamut_bins
from sslstudio.engine.imaging.lab import chroma, to_lab


def scaled(ab: torch.Tensor) -> torch.Tensor:
    return 0.5 + ab / 220.0


def test_bins_are_those_that_colours_of_a_screen_fall_into():
    bins = set(gamut_bins(20.0))
    assert len(gamut_bins(10.0)) == 261
    assert len(bins) == 76
    assert all(a % 20 == 0 and b % 20 == 0 for a, b in bins)
    lab = to_lab(torch.rand(1, 3, 300, 300))[0, 1:].flatten(1).T
    met = {(float(a) * 20, float(b) * 20) for a, b in (lab / 20).round().unique(dim=0) + 0.0}
    assert met <= bins
    assert (0.0, 0.0) in bins
    assert (120.0, 0.0) not in bins


def test_soft_labels_are_gaussian_shares_of_the_five_nearest_bins():
    bins = ColourBins(10.0, sigma=5.0)
    colours = torch.tensor([[3.0, -12.0], [0.0, 0.0], [41.0, 38.5]])
    index, shares = bins.soft(scaled(colours))
    for row, (a, b) in enumerate(colours.tolist()):
        by_distance = sorted(
            ((a - x) ** 2 + (b - y) ** 2, (x, y)) for x, y in bins.centres.tolist()
        )[:5]
        weights = [math.exp(-squared / 50.0) for squared, _ in by_distance]
        wanted = {
            centre: w / sum(weights) for w, (_, centre) in zip(weights, by_distance, strict=True)
        }
        found = {
            tuple(bins.centres[i].tolist()): float(share)
            for i, share in zip(index[row], shares[row], strict=True)
        }
        assert found == pytest.approx(wanted, abs=1e-4)
        assert float(shares[row, 0]) == float(shares[row].max())


@pytest.mark.parametrize("spacing", [10.0, 20.0, 7.5])
def test_the_table_finds_the_nearest_bin_of_every_colour(spacing):
    bins = ColourBins(spacing, sigma=5.0)
    colours = chroma(torch.rand(1, 3, 100, 100)).permute(0, 2, 3, 1).flatten(0, 2)
    distance = torch.cdist((colours - 0.5) * 220.0, bins.centres)
    found = distance.gather(1, bins.nearest(colours)[:, None])[:, 0]
    assert torch.allclose(found, distance.min(dim=1).values, atol=1e-3)
    assert torch.equal(bins.nearest(scaled(bins.centres)), torch.arange(bins.count))
    outside = bins.nearest(torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    assert int(outside.min()) >= 0


def test_rare_bins_weigh_more_by_the_papers_formula():
    bins = ColourBins(20.0, sigma=10.0)
    counts = torch.randint(0, 1000, (bins.count,)).float()
    counts[7] = 0.0
    p = counts / counts.sum()
    smoothed = torch.zeros(bins.count)
    for source in range(bins.count):
        kernel = torch.tensor(
            [
                math.exp(-sum((u - v) ** 2 for u, v in zip(one, other, strict=True)) / 200.0)
                for one in [bins.centres[source].tolist()]
                for other in bins.centres.tolist()
            ]
        )
        smoothed += p[source] * kernel / kernel.sum()
    for rebalancing in (0.5, 0.0, 1.0):
        plain = 1.0 / ((1.0 - rebalancing) * smoothed + rebalancing / bins.count)
        plain = plain / (smoothed * plain).sum()
        assert torch.allclose(bins.weights(counts, rebalancing), plain, rtol=1e-4)
    assert torch.allclose(bins.weights(counts, 1.0), torch.ones(bins.count), rtol=1e-5)
    even = bins.weights(counts, 0.5)
    assert float((smoothed * even).sum()) == pytest.approx(1.0, abs=1e-5)
    assert int(even.argmax()) == int(smoothed.argmin())


def test_the_annealed_mean_lies_between_the_mean_and_the_mode():
    bins = ColourBins(20.0, sigma=10.0)
    first, second = (bins.centres.tolist().index(ab) for ab in ([60.0, 40.0], [-40.0, 40.0]))
    logits = torch.full((1, bins.count, 1, 1), -1e4)
    logits[0, first], logits[0, second] = math.log(0.7), math.log(0.3)
    for temperature in (1.0, 0.38, 0.05):
        share = 0.7 ** (1 / temperature) / (0.7 ** (1 / temperature) + 0.3 ** (1 / temperature))
        a = share * 60.0 - (1 - share) * 40.0
        found = bins.annealed_mean(logits, temperature)
        assert torch.allclose(found.flatten(), scaled(torch.tensor([a, 40.0])), atol=1e-5)


def test_colours_survive_the_way_through_soft_labels():
    bins = ColourBins(10.0, sigma=5.0)
    colours = chroma(torch.rand(1, 3, 20, 20)).permute(0, 2, 3, 1).flatten(0, 2)
    index, shares = bins.soft(colours)
    back = (bins.centres[index] * shares[..., None]).sum(dim=1)
    apart = (scaled(back) - colours).mul(220).norm(dim=1)
    assert float(apart.mean()) < 3.0
