import pytest
import torch
from torch import nn

from sslstudio.engine.aside import remember_whole, unremembered


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 3))


def test_a_pass_aside_gives_the_same_output_and_leaves_the_averages():
    images = torch.rand(8, 1, 6, 6)
    aside, usual = network(), network()
    before = {name: value.clone() for name, value in aside[1].state_dict().items()}
    with unremembered(aside):
        seen = aside(images)
    assert torch.equal(seen, usual(images))
    assert all(torch.equal(value, before[name]) for name, value in aside[1].state_dict().items())
    assert not torch.equal(usual[1].running_mean, before["running_mean"])


def test_afterwards_all_is_as_before():
    images = torch.rand(8, 1, 6, 6)
    used = network()
    with unremembered(used):
        used(images)
    assert used[1].track_running_stats
    used.train()(images)
    assert int(used[1].num_batches_tracked) == 1


def test_in_evaluation_mode_too_the_batch_has_its_own_statistics():
    images = 5.0 * torch.rand(8, 1, 6, 6) + 3.0
    used = network()
    expected = used(images)
    used.eval()
    with unremembered(used):
        assert torch.equal(used(images), expected)
    assert not used[1].training
    assert not torch.allclose(used(images), expected)


def test_whole_images_move_the_averages_of_a_training_network_alone():
    images = torch.rand(8, 1, 6, 6, requires_grad=True)
    used = network()
    remember_whole(used, images)
    assert int(used[1].num_batches_tracked) == 1
    remember_whole(used.eval(), images)
    assert int(used[1].num_batches_tracked) == 1
    assert images.grad is None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_that_were_cast_for_whole_images_still_learn_from_pieces(dtype):
    # Autocast keeps what it casts, and whole images pass without gradient.
    images, gradients = torch.rand(8, 1, 6, 6), []
    for first_whole in (False, True):
        used = network()
        with torch.autocast("cpu", dtype=dtype):
            if first_whole:
                remember_whole(used, images.flip(0))
            with unremembered(used):
                loss = used(images).float().square().mean()
        loss.backward()
        gradients.append([parameter.grad for parameter in used.parameters()])
    for alone, after in zip(*gradients, strict=True):
        assert torch.equal(alone, after)


def test_an_error_within_does_not_leave_the_network_forgetful():
    used = network()
    with pytest.raises(RuntimeError, match="channels"), unremembered(used):
        used(torch.rand(8, 2, 6, 6))
    assert used[1].track_running_stats
