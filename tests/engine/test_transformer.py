from __future__ import annotations

import math

import torch

from sslstudio.engine.transformer import Attention, TransformerBlock, plane_positions


def test_attention_is_the_papers_softmax_of_scaled_products_head_by_head():
    torch.manual_seed(0)
    attention, tokens = Attention(12, heads=3), torch.randn(2, 5, 12)
    weight, bias = attention.to_qkv.weight, attention.to_qkv.bias
    heads = []
    for head in range(3):
        rows = [slice(12 * part + 4 * head, 12 * part + 4 * head + 4) for part in range(3)]
        query, key, value = (tokens @ weight[r].T + bias[r] for r in rows)
        looks = (query @ key.transpose(1, 2) / math.sqrt(4)).softmax(dim=2)
        torch.testing.assert_close(attention.weights(tokens)[:, head], looks)
        heads.append(looks @ value)
    torch.testing.assert_close(
        attention(tokens), attention.to_tokens(torch.cat(heads, dim=2)), atol=1e-5, rtol=1e-4
    )


def test_a_block_norms_first_and_adds_what_it_finds():
    torch.manual_seed(0)
    block, tokens = TransformerBlock(8, heads=2), torch.randn(2, 5, 8)
    middle = tokens + block.attention(block.norm_attention(tokens))
    torch.testing.assert_close(block(tokens), middle + block.network(block.norm_network(middle)))


def test_attention_weights_are_shares():
    block = TransformerBlock(8, heads=2)
    weights = block.attention_weights(torch.randn(2, 5, 8))
    assert weights.shape == (2, 2, 5, 5)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(2, 2, 5))


def test_positions_are_the_sines_and_cosines_of_row_and_column():
    positions = plane_positions(torch.arange(3), torch.arange(4), 8).view(3, 4, 8)
    for row in range(3):
        for column in range(4):
            expected = []
            for place in (row, column):
                angles = [place, place / 100.0]  # 10000 ** (0 / 2) and (1 / 2)
                expected += [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
            torch.testing.assert_close(positions[row, column], torch.tensor(expected))


def test_places_between_two_others_lie_between_their_vectors():
    ends = plane_positions(torch.tensor([2.0, 3.0]), torch.zeros(1), 32)
    middle = plane_positions(torch.tensor([2.5]), torch.zeros(1), 32)[0]
    gaps = (ends - middle).norm(dim=1)
    assert float(gaps.max()) < float((ends[0] - ends[1]).norm())
