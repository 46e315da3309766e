"""What every page of one window shares: catalogue, device, images and run library."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.domain.image_checks import DataFacts
from sslstudio.engine.device import describe_device, resolve_device
from sslstudio.services.datasets import ImageSet
from sslstudio.services.places import runs_folder
from sslstudio.services.preparation import data_facts
from sslstudio.services.presets import Preset, load_presets
from sslstudio.services.runs.library import RunLibrary


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What is loaded once, before the first page is built; loading it imports torch."""

    catalog: Catalog
    presets: tuple[Preset, ...]
    library: RunLibrary
    device: str
    device_name: str

    @classmethod
    def load(cls) -> Equipment:
        """Return the equipment of this machine and this user."""
        catalog = load_catalog()
        device = resolve_device()
        return cls(
            catalog=catalog,
            presets=load_presets(),
            library=RunLibrary(runs_folder(), catalog),
            device=device,
            device_name=describe_device(device),
        )


class OpenImages(QObject):
    """The images that are open now; whoever shows them listens.

    Signals:
        changed: other images, or none, are open.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images: ImageSet | None = None

    @property
    def images(self) -> ImageSet | None:
        """The open images; None before the first have been read."""
        return self._images

    def replace(self, images: ImageSet | None) -> None:
        """Open other images."""
        self._images = images
        self.changed.emit()

    def facts(self) -> DataFacts | None:
        """Return what a recipe's check needs to know about the images."""
        if self._images is None:
            return None
        return data_facts(self._images)
