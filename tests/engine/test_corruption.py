from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.augmentations.gaussian_noise import GaussianNoiseSpec
from sslstudio.catalog.augmentations.grayscale import GrayscaleSpec
from sslstudio.catalog.augmentations.normalise import NormaliseSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.corruption import Corruption, changed, repaired
from tests.catalog.objectives.tiny import context_for, noise_images, with_parts

CONTEXT = with_parts(context_for(noise_images(4, 3, 8)))


def test_any_augmentations_spoil_copies_and_the_same_draws_spoil_alike():
    spoil = Corruption(
        (GaussianNoiseSpec(probability=1.0), GrayscaleSpec(probability=1.0)), CONTEXT
    )
    clean = torch.rand(4, 3, 8, 8)
    before = clean.clone()
    spoilt = [spoil(clean, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(clean, before)
    assert torch.equal(spoilt[0], spoilt[1])
    assert not torch.equal(spoilt[0], spoilt[2])
    torch.testing.assert_close(spoilt[0][:, 0], spoilt[0][:, 2])  # grey came last


def test_no_operation_changes_nothing():
    clean = torch.rand(4, 3, 8, 8)
    assert torch.equal(Corruption((), CONTEXT)(clean, torch.Generator()), clean)


def test_pixels_count_as_changed_if_one_channel_is():
    clean = torch.rand(2, 3, 4, 4)
    spoilt = clean.clone()
    spoilt[0, 1, 2, 3] += 0.1
    marks = changed(clean, spoilt)
    assert marks.shape == (2, 1, 4, 4)
    assert (float(marks.sum()), float(marks[0, 0, 2, 3])) == (1.0, 1.0)


def test_a_repair_takes_painted_pixels_where_pictures_were_spoilt_and_nowhere_else():
    clean, painted = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4)
    spoilt = clean.clone()
    spoilt[1, 2, :2] += 0.5
    found = repaired(clean, spoilt, painted)
    assert torch.equal(found[1, :, :2], painted[1, :, :2])
    assert torch.equal(found[1, :, 2:], clean[1, :, 2:])
    assert torch.equal(found[0], clean[0])


def test_normalisation_is_refused_with_what_to_do():
    with pytest.raises(RecipeError) as refused:
        Corruption((NormaliseSpec(),), CONTEXT)
    assert "Take it out" in refused.value.hint
