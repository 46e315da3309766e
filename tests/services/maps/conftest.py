import numpy as np
import pytest

from sslstudio.services.maps.client import MapService


@pytest.fixture(scope="module")
def service():
    service = MapService()
    yield service
    service.close()


@pytest.fixture(scope="module")
def clusters():
    """Four tight groups of 30 vectors in 12 dimensions, with the group of each."""
    random = np.random.default_rng(3)
    centres = np.eye(12)[:4]
    labels = np.repeat(np.arange(4), 30)
    vectors = centres[labels] + 0.08 * random.normal(size=(120, 12))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels
