from __future__ import annotations

import pytest
import torch

from sslstudio.engine.embedding_queue import EmbeddingQueue


def batch(number: int, images: int = 2) -> torch.Tensor:
    """Return two views of a batch: rows count up, views differ by sign."""
    rows = 10.0 * number + torch.arange(images)[:, None].expand(images, 3)
    return torch.stack([rows, -rows])


def test_the_newest_come_first_and_the_oldest_leave():
    queue = EmbeddingQueue(2, 5, 3)
    for number in (1, 2, 3):
        queue.push(batch(number))
    assert queue.vectors[0, :, 0].tolist() == [30, 31, 20, 21, 10]
    assert queue.vectors[1, :, 0].tolist() == [-30, -31, -20, -21, -10]


def test_it_is_full_only_when_no_zero_is_left():
    queue = EmbeddingQueue(2, 5, 3)
    full = []
    for number in (1, 2, 3, 4):
        queue.push(batch(number))
        full.append(queue.is_full)
    assert full == [False, False, True, True]
    assert bool(queue.vectors.ne(0).all())


def test_a_batch_longer_than_the_queue_fills_it():
    queue = EmbeddingQueue(2, 3, 3)
    queue.push(batch(1, images=8))
    assert queue.is_full
    assert queue.vectors[0, :, 0].tolist() == [10, 11, 12]


def test_what_is_stored_is_a_copy():
    queue = EmbeddingQueue(2, 2, 3)
    pushed = batch(1)
    queue.push(pushed)
    pushed.zero_()
    assert queue.vectors[0, :, 0].tolist() == [10, 11]


@pytest.mark.parametrize("batches", [1, 3])
def test_it_survives_a_restart(batches):
    first, second = EmbeddingQueue(2, 5, 3), EmbeddingQueue(2, 5, 3)
    for number in range(batches):
        first.push(batch(number))
    second.load_state_dict(first.state_dict())
    for queue in (first, second):
        queue.push(batch(9))
    assert torch.equal(first.vectors, second.vectors)
    assert first.is_full == second.is_full


def test_a_queue_of_no_length_stores_nothing():
    queue = EmbeddingQueue(2, 0, 3)
    queue.push(batch(1))
    assert not queue.is_full
    assert not list(queue.buffers())
