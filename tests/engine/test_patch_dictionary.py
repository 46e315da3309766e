from types import SimpleNamespace

import pytest
import torch

from sslstudio.engine.patch_dictionary import PatchDictionary, entries_for
from tests.catalog.objectives.tiny import context_for, digits


def fitted(*, side: int = 8, patch: int = 4, stride: int = 2) -> PatchDictionary:
    images = digits(200)
    settings = SimpleNamespace(side=side, patch=patch, stride=stride)
    dictionary = PatchDictionary(settings, context_for(images), 12)
    dictionary.fit(images)
    return dictionary


def test_cosines_are_those_of_whitened_patches_and_entries():
    dictionary = fitted()
    images = (digits(200).pixels[:5] - 0.3) / 0.4
    patches, entries = dictionary.patches(images), dictionary.entries
    cosines = dictionary.cosines(images)
    assert cosines.shape == (5, 9, 12)
    by_hand = torch.dot(patches[2, 4], entries[7]) / patches[2, 4].norm() / entries[7].norm()
    assert float(cosines[2, 4, 7]) == pytest.approx(float(by_hand), abs=1e-6)


def test_sixteen_bit_passes_leave_the_cosines_in_full_precision():
    dictionary = fitted()
    images = (digits(200).pixels[:5] - 0.3) / 0.4
    exact = dictionary.cosines(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(dictionary.cosines(images), exact)


def test_larger_images_are_averaged_down_and_a_patch_never_exceeds_them():
    assert fitted(side=6, patch=4, stride=1).cosines(torch.rand(2, 1, 8, 8)).shape == (2, 9, 12)
    assert fitted(side=8, patch=12).cosines(torch.rand(2, 1, 8, 8)).shape == (2, 1, 12)


def test_a_map_has_patches_where_they_were_cut():
    dictionary = fitted()
    positions = torch.arange(9.0)[None, :, None]
    assert dictionary.as_map(positions)[0, 0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_the_number_of_entries_follows_the_root_of_the_images():
    assert [entries_for(images, 800) for images in (1, 100, 10_000)] == [16, 160, 800]
