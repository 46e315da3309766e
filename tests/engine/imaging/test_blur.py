import pytest
import torch
from torchvision.transforms.v2 import functional

from sslstudio.engine.imaging.blur import gaussian_blur
from tests.pictures import pictures


@pytest.mark.parametrize(("size", "taps"), [(32, 3), (8, 3), (96, 9), ((20, 45), 5), (24, 23)])
@pytest.mark.parametrize("channels", [1, 3])
def test_blur_equals_torchvision_with_a_sigma_for_each_image(size, taps, channels):
    sigmas = [0.1, 0.45, 1.0, 2.0, 9.0]
    images = pictures(len(sigmas), size, channels)
    result = gaussian_blur(images, torch.tensor(sigmas), taps)
    expected = torch.stack(
        [
            functional.gaussian_blur(image, [taps, taps], [sigma, sigma])
            for image, sigma in zip(images, sigmas, strict=True)
        ]
    )
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


def test_a_flat_image_stays_flat():
    images = torch.full((2, 3, 16, 16), 0.7)
    torch.testing.assert_close(gaussian_blur(images, torch.tensor([0.2, 3.0]), 5), images)
