"""What a cloud of embeddings looks like: spread, rank, spectrum, alignment, uniformity.

Pure functions of tensors on any device. Eigenvalue problems are solved on the CPU in double
precision: they are small, and a float32 Gram matrix drowns singular values below 3e-4 of the
largest, which reads as rank.
"""

from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

MEAN_SHARE: Final = 0.1
"""Deviations shorter than this share of the mean's length count as short, not as directions."""
RANK_EPSILON: Final = 1e-7
PAIR_CHUNK: Final = 1024


def is_measurable(points: Tensor) -> bool:
    """Return whether these are two finite points or more; a diverged network's are not."""
    return len(points) > 1 and bool(points.isfinite().all())


def spread(points: Tensor) -> float:
    """Return sqrt(d) times the mean standard deviation of unit vectors' coordinates.

    1 for directions spread evenly, 0 for one direction (Chen & He 2021, arXiv:2011.10566,
    figure 2). It misses dimensional collapse: two opposite random directions read .80.
    """
    return _scaled_deviation(F.normalize(points.float(), dim=1))


def centred_spread(points: Tensor) -> float:
    """Return the spread around the mean, for features that a ReLU keeps from being centred.

    Noise around a constant would fill the sphere once centred and scaled to unit length.
    Therefore a deviation is divided by its own length or by a tenth of the mean's, whichever
    is longer: a cloud within 1 % of one point reads .1, a constant one 0.
    """
    mean = points.float().mean(dim=0)
    deviations = points.float() - mean  # (n, d)
    shortest = (MEAN_SHARE * mean.norm()).clamp_min(torch.finfo(torch.float32).tiny)
    lengths = deviations.norm(dim=1, keepdim=True).clamp_min(shortest)  # (n, 1)
    return _scaled_deviation(deviations / lengths)


def _scaled_deviation(rows: Tensor) -> float:
    deviation = rows.std(dim=0, correction=0)  # (d,)
    return float(deviation.mean() * math.sqrt(rows.shape[1]))


def singular_values(points: Tensor) -> Tensor:
    """Return the singular values, largest first, float64 on the CPU  # (min(n, d),)."""
    rows = points.detach().cpu().double()
    gram = rows.T @ rows if rows.shape[1] <= rows.shape[0] else rows @ rows.T
    squares: Tensor = torch.linalg.eigvalsh(gram)  # smallest first
    return squares.clamp_min(0.0).sqrt().flip(0)


def effective_rank(points: Tensor) -> float:
    """Return RankMe: the exponential of the entropy of the normalised singular values.

    Garrido et al. 2023, arXiv:2210.02885, eq. 1 and 2, on points that are not centred, so that
    a constant cloud has rank 1 whatever its noise. The number grows with the number of points:
    compare it with `isotropic_rank` of the same shape.
    """
    values = singular_values(points)
    total = values.sum()
    if not total > 0:
        return 1.0
    shares = values / total + RANK_EPSILON
    return float(torch.exp(-(shares * shares.log()).sum()))


def isotropic_rank(points: int, dim: int) -> float:
    """Return the effective rank of as many points that spread evenly in all dimensions.

    Random points have the singular values of Marchenko and Pastur's law; its entropy is
    integrated over lambda = 1 + y + 2 sqrt(y) cos(t) with y = small side / large side. It is
    within 1 % of the rank of normal random points from about ten dimensions on.
    """
    small, large = sorted((points, dim))
    ratio = small / large
    angle = (torch.arange(4096, dtype=torch.float64) + 0.5) * (math.pi / 4096)
    squares = 1.0 + ratio + 2.0 * math.sqrt(ratio) * angle.cos()  # eigenvalues
    weights = angle.sin().square() / squares
    weights = weights / weights.sum()
    values = squares.sqrt()
    mean = (weights * values).sum()
    entropy_loss = (weights * values * values.log()).sum() / mean - mean.log()
    return small * float(torch.exp(-entropy_loss))


def alignment(first: Tensor, second: Tensor) -> float:
    """Return the mean squared distance of the two views' unit vectors (alpha = 2).

    Wang & Isola 2020, arXiv:2005.10242, eq. 1: 0 if views agree, 2 if they are unrelated.
    """
    difference = F.normalize(first.float(), dim=1) - F.normalize(second.float(), dim=1)
    return float(difference.square().sum(dim=1).mean())


def uniformity(points: Tensor) -> float:
    """Return log E exp(-2 |x - y|^2) over distinct unit vectors (t = 2).

    Wang & Isola 2020, arXiv:2005.10242, eq. 2: 0 if all are the same, near -4 if spread evenly
    in many dimensions.
    """
    unit = F.normalize(points.float(), dim=1)
    count = len(unit)
    total = 0.0
    for chunk in unit.split(PAIR_CHUNK):
        # |x - y|^2 = 2 - 2 cos
        total += float((4.0 * (chunk @ unit.T).clamp(-1.0, 1.0) - 4.0).exp().sum())
    own = float((4.0 * unit.square().sum(dim=1) - 4.0).exp().sum())
    return math.log((total - own) / (count * (count - 1)))


def log_mean_exponential(dim: int, temperature: float) -> float:
    """Return log E e^((cos - 1) / t) for two independent directions in `dim` dimensions.

    With t = 1/4 this is the uniformity of directions spread evenly. The angle has the density
    sin^(d-2).
    The midpoint rule over it is exact to 1e-9 for t >= .01.
    """
    angle = (torch.arange(8192, dtype=torch.float64) + 0.5) * (math.pi / 8192)
    log_density = (dim - 2) * angle.sin().log()
    tilted = log_density + (angle.cos() - 1.0) / temperature
    return float(tilted.logsumexp(0) - log_density.logsumexp(0))
