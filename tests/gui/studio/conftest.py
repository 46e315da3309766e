import numpy as np
import pytest

from sslstudio.catalog.catalog import load_catalog
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.services.datasets.image_set import ImageSet
from sslstudio.services.presets import load_presets
from sslstudio.services.runs.library import RunLibrary
from tests.pictures import as_bytes, pictures

COUNT = 60


@pytest.fixture(scope="session")
def catalog():
    return load_catalog()


@pytest.fixture
def equipment(catalog, tmp_path):
    return Equipment(
        catalog=catalog,
        presets=load_presets(),
        library=RunLibrary(tmp_path / "runs", catalog),
        device="cpu",
        device_name="CPU",
    )


@pytest.fixture
def images():
    return ImageSet(
        source="pictures",
        name="pictures",
        images=as_bytes(pictures(COUNT, 16)).numpy(),
        paths=tuple(f"{number}.png" for number in range(COUNT)),
        labels=np.arange(COUNT, dtype=np.int64) % 2,
        class_names=("even", "odd"),
        split=(np.arange(COUNT) % 6 == 5).astype(np.int8),
        original_sizes=np.full((COUNT, 2), 16, dtype=np.int32),
    )


@pytest.fixture
def opened(qapp, images):
    assert qapp is not None
    open_images = OpenImages()
    open_images.replace(images)
    return open_images
