from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.vector_queue import VectorQueue, queue_length

DIM = 3


def numbered(start: int, count: int) -> torch.Tensor:
    """Return vectors of different directions and lengths, by number."""
    angle = 0.01 * torch.arange(start, start + count)
    plane = torch.stack([angle.cos(), angle.sin(), torch.zeros(count)], dim=1)
    return (1.0 + torch.arange(count)).unsqueeze(1) * plane


def test_vectors_are_of_unit_length_at_the_start_and_on_entry():
    queue = VectorQueue(7, DIM)
    torch.testing.assert_close(queue.vectors.norm(dim=1), torch.ones(7))
    queue.push(100.0 * torch.randn(5, DIM))
    torch.testing.assert_close(queue.vectors.norm(dim=1), torch.ones(7))


@given(size=st.integers(1, 9), batches=st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_the_last_vectors_are_kept_whatever_the_batches(size, batches):
    # lightly truncates a batch at the end of its ring, solo-learn wants sizes that divide.
    queue = VectorQueue(size, DIM)
    first = queue.vectors.clone()
    pushed = [first]
    for number, count in enumerate(batches):
        batch = numbered(20 * number, count)
        queue.push(batch)
        pushed.append(F.normalize(batch, dim=1))
    expected = torch.cat(pushed)[-size:]
    order = (int(queue.oldest) + torch.arange(size)) % size
    torch.testing.assert_close(queue.vectors[order], expected)


def test_a_checkpoint_holds_vectors_and_place():
    first, second = VectorQueue(5, DIM), VectorQueue(5, DIM)
    first.push(numbered(0, 3))
    second.load_state_dict(first.state_dict())
    for queue in (first, second):
        queue.push(numbered(50, 4))
    assert torch.equal(first.vectors, second.vectors)


def test_the_length_follows_the_number_of_images_up_to_the_papers():
    assert queue_length(None, 10_000, share=0.25, most=65_536) == 2500
    assert queue_length(None, 1_281_167, share=0.25, most=65_536) == 65_536
    assert queue_length(None, 2, share=0.1, most=65_536) == 1
    assert queue_length(300, 300, share=0.25, most=65_536) == 300


def test_a_queue_longer_than_the_data_is_refused():
    with pytest.raises(RecipeError, match=r"target.size: 301 .* 300 training images.*smaller"):
        queue_length(301, 300, share=0.25, most=65_536)
    with pytest.raises(RecipeError, match=r"objective.queue"):
        queue_length(301, 300, share=0.25, most=65_536, field="objective.queue")
