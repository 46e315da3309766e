"""What every page of one window shares: catalogue, device, images and run library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.domain.errors import CancelledError
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.engine.device import describe_device, resolve_device
from sslstudio.services.datasets import ImageSet
from sslstudio.services.places import runs_folder
from sslstudio.services.preparation import data_facts
from sslstudio.services.presets import Preset, load_presets
from sslstudio.services.runs.library import RunLibrary


class Dice:
    """Torch's random generator: one for the whole process, so that only one may throw it.

    A run repeats to the bit only if nobody else trains a network while it begins and goes on. What
    is built or looked at meanwhile brings dice of its own (`engine.own_dice`).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reserved = False
        """True from Start until the last event of a training."""

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """Let a trial use them; CancelledError if training has them."""
        with self._lock:
            if self.reserved:
                raise CancelledError("Training needs the machine.")
            yield

    @contextmanager
    def for_training(self) -> Iterator[None]:
        """Wait until the last trial has put them back."""
        with self._lock:
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What is loaded once, before the first page is built; loading it imports torch."""

    catalog: Catalog
    presets: tuple[Preset, ...]
    library: RunLibrary
    device: str
    device_name: str
    dice: Dice = field(default_factory=Dice)

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
        self._data: DataSpec | None = None

    @property
    def images(self) -> ImageSet | None:
        """The open images; None before the first have been read."""
        return self._images

    def replace(self, images: ImageSet | None, data: DataSpec | None = None) -> None:
        """Open other images, which `data` asked for."""
        self._images, self._data = images, data
        self.changed.emit()

    def facts(self) -> DataFacts | None:
        """Return what a recipe's check needs to know about the images."""
        if self._images is None:
            return None
        return data_facts(self._images)

    def facts_of(self, data: DataSpec) -> DataFacts | None:
        """Return what is known of the images that a recipe asks for; None if others are open."""
        return self.facts() if data == self._data else None
