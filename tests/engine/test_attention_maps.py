from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.engine.attention_maps import attention_pictures, looked_at


def attention(batch: int, heads: int, tokens: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(batch, heads, tokens, tokens).softmax(dim=3)


def test_the_class_token_looks_where_there_is_one():
    weights = attention(2, 3, 17)
    maps = looked_at(weights, 1)
    assert maps.shape == (2, 3, 4, 4)
    for image in range(2):
        for head in range(3):
            row = weights[image, head, 0, 1:]
            torch.testing.assert_close(maps[image, head].flatten(), row / row.sum() * 16)


def test_without_a_class_token_all_patches_look():
    weights = attention(2, 2, 9)
    maps = looked_at(weights, 0)
    expected = torch.stack([weights[:, :, row] for row in range(9)]).sum(dim=0)
    torch.testing.assert_close(maps.flatten(2), expected)
    torch.testing.assert_close(maps.mean(dim=(2, 3)), torch.ones(2, 2))


@pytest.mark.parametrize(("tokens", "extra"), [(8, 0), (1, 1), (7, 5)])
def test_patches_that_form_no_square_have_no_map(tokens, extra):
    assert looked_at(attention(1, 2, tokens), extra) is None


def test_a_look_everywhere_alike_has_one_colour_and_a_single_patch_the_brightest():
    images = torch.full((1, 3, 16, 16), 0.5)
    even = attention_pictures(images, torch.ones(1, 1, 4, 4))["Looked at by head 1"]
    torch.testing.assert_close(even, even[:, :, :1, :1].expand_as(even))
    one = torch.full((1, 1, 4, 4), 0.01)
    one[0, 0, 1, 2] = 16.0
    shown = attention_pictures(images, one)["Looked at by head 1"].sum(dim=1)[0]
    row, column = divmod(int(shown.argmax()), 16)
    assert 4 <= row < 8
    assert 8 <= column < 12
    assert float(shown.max() - shown.min()) > 0.5


def test_what_the_image_shows_can_still_be_seen():
    images = torch.zeros(1, 1, 8, 8)
    images[:, :, :, 4:] = 1.0
    shown = attention_pictures(images, torch.ones(1, 1, 2, 2))["Looked at by head 1"]
    assert float((shown[..., 4:] - shown[..., :4]).min()) == pytest.approx(0.3, abs=1e-5)


def test_all_heads_and_the_first_ones_are_shown_over_the_image():
    images = torch.rand(2, 3, 12, 12)
    maps = looked_at(attention(2, 6, 10), 1)
    rows = attention_pictures(images, maps)
    assert list(rows) == [
        "Image",
        "Looked at by all 6 heads",
        "Looked at by head 1",
        "Looked at by head 2",
        "Looked at by head 3",
    ]
    assert all(shown.shape == (2, 3, 12, 12) for shown in rows.values())
    assert all(0.0 <= float(s.min()) <= float(s.max()) <= 1.0 for s in rows.values())
    assert list(attention_pictures(images, maps[:, :1])) == ["Image", "Looked at by head 1"]


def test_it_works_on_a_gpu():
    with FakeTensorMode(), torch.device("cuda"):
        maps = looked_at(torch.rand(2, 3, 17, 17), 1)
        rows = attention_pictures(torch.rand(2, 1, 16, 16), maps)
        assert all(shown.device.type == "cuda" for shown in rows.values())
