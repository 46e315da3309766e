"""Patches changed by themselves: colours that are dropped, tints that are shifted."""

from __future__ import annotations

import torch

from sslstudio.engine.patch_changes import PatchChange


def patches(count: int = 4000) -> torch.Tensor:
    return torch.randn(count, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0))


def changed(change: PatchChange, shown: torch.Tensor) -> torch.Tensor:
    return change.changed(shown, change.numbers(shown, torch.Generator().manual_seed(1)))


def test_without_shares_nothing_changes():
    assert torch.equal(changed(PatchChange(0.0, 0.0), patches(8)), patches(8))


def test_the_share_keeps_one_channel_as_it_is_and_each_equally_often():
    shown = patches()
    found = changed(PatchChange(0.6, 0.0), shown)
    stays = (found == shown).flatten(3).all(dim=3)[:, 0]  # (patches, channels)
    blank = (found == 0.0).flatten(3).all(dim=3)[:, 0]
    assert bool((stays ^ blank).all())
    alone = stays[stays.sum(dim=1) == 1]
    assert set(stays.sum(dim=1).tolist()) == {1, 3}
    assert abs(len(alone) / len(shown) - 0.6) < 0.03
    assert bool((abs(alone.float().mean(dim=0) - 1.0 / 3.0) < 0.04).all())


def test_a_tint_moves_each_channel_of_each_patch_by_at_most_its_size():
    shown = patches()
    found = changed(PatchChange(0.0, 0.5), shown)
    gain = (found.std(dim=(3, 4)) / shown.std(dim=(3, 4)))[:, 0]
    level = (found.mean(dim=(3, 4)) - gain[:, None] * shown.mean(dim=(3, 4)))[:, 0]
    assert 0.5 <= float(gain.min()) < 0.52
    assert 1.48 < float(gain.max()) <= 1.5001
    assert 0.48 < float(level.abs().max()) <= 0.501
    correlation = torch.corrcoef(torch.cat([gain.T, level.T]))
    assert float((correlation - torch.eye(6)).abs().max()) < 0.06


def test_one_channel_cannot_be_dropped():
    grey = patches(8)[:, :, :1]
    assert torch.equal(changed(PatchChange(1.0, 0.0), grey), grey)
