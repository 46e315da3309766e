"""When to log, measure, show and save, so that looking costs little of the training time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

LOG_SECONDS = 0.1
LOG_SHARE = 1 / 1500
"""Logging and measuring grow rarer with time: a day-long run has only thousands of points."""
MEASUREMENT_SHARE = 0.05
BANK_SHARE = 0.04
PICTURE_SHARE = 0.02
PICTURE_SECONDS = 2.0
PICTURE_RARITY = 1 / 200
"""Each picture is a file: at most about 200 for every time that a run's length doubles."""
MEASUREMENT_STEPS = 25
SAVE_SECONDS = 60.0
BEST_SHARE = 1 / 20
"""A checkpoint of the best encoder is that much of the budget away from the one before it."""
BEST_COST_SHARE = 0.05
ROUNDING = 1e-9


class Clock(Protocol):
    """Whatever counts training seconds."""

    @property
    def seconds(self) -> float:
        """Training time so far."""
        ...


class Rhythm:
    """Decides by training time and measured costs what is due."""

    def __init__(self, clock: Clock, progress: float) -> None:
        self.clock = clock
        self.last_terms: Mapping[str, float] = {}
        start = clock.seconds
        self._logged = self._measured = self._bank = self._pictured = self._saved = start
        self._measured_step = 0
        self._cost = {"measurement": 0.0, "bank": 0.0, "pictures": 0.0, "checkpoint": 0.0}
        self._saved_progress = progress
        self._bank_twentieth: int | None = None

    def log_is_due(self) -> bool:
        """Return True when the terms should be read off the device."""
        now = self.clock.seconds
        return now - self._logged >= max(LOG_SECONDS, now * LOG_SHARE)

    def logged(self, steps: int, terms: Mapping[str, float]) -> float:
        """Note a log of this many steps and return the steps per second."""
        now = self.clock.seconds
        self.last_terms = dict(terms)
        speed = steps / max(1e-9, now - self._logged)
        self._logged = now
        return speed

    def measurement_is_due(self, step: int) -> bool:
        """Return True when the monitors should look."""
        now = self.clock.seconds
        since = now - self._measured
        enough_steps = step - self._measured_step >= MEASUREMENT_STEPS
        rare_enough = since >= now * LOG_SHARE
        return (
            enough_steps and rare_enough and since * MEASUREMENT_SHARE >= self._cost["measurement"]
        )

    def bank_is_due(self, progress: float) -> bool:
        """Return True when the measurement should include neighbours in the training images."""
        since = self.clock.seconds - self._bank
        new_part = self._bank_twentieth is None or int(progress * 20) > self._bank_twentieth
        return new_part and since * BANK_SHARE >= self._cost["bank"]

    def pictures_are_due(self) -> bool:
        """Return True when new pictures should be written."""
        now = self.clock.seconds
        since = now - self._pictured
        rare_enough = since >= max(PICTURE_SECONDS, now * PICTURE_RARITY)
        return rare_enough and since * PICTURE_SHARE >= self._cost["pictures"]

    def checkpoint_is_due(self, progress: float) -> bool:
        """Return True every tenth of the budget and at least every minute."""
        late = self.clock.seconds - self._saved >= SAVE_SECONDS
        return late or int(progress * 10) > int(self._saved_progress * 10)

    def best_is_due(self, progress: float) -> bool:
        """Return True when an encoder that is better than any saved one should be saved."""
        far_enough = progress - self._saved_progress >= BEST_SHARE - ROUNDING
        since = self.clock.seconds - self._saved
        return far_enough and since * BEST_COST_SHARE >= self._cost["checkpoint"]

    @contextmanager
    def measuring(self, step: int, progress: float, *, with_bank: bool) -> Iterator[None]:
        """Time a measurement."""
        began = self.clock.seconds
        yield
        now = self.clock.seconds
        self._measured, self._measured_step = now, step
        if with_bank:
            self._bank, self._bank_twentieth = now, int(progress * 20)
            self._cost["bank"] = now - began
        else:
            self._cost["measurement"] = now - began

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Time the making of pictures."""
        began = self.clock.seconds
        yield
        self._pictured = self.clock.seconds
        self._cost["pictures"] = self._pictured - began

    @contextmanager
    def saving(self, progress: float) -> Iterator[None]:
        """Time the writing of a checkpoint."""
        began = self.clock.seconds
        yield
        self._saved, self._saved_progress = self.clock.seconds, progress
        self._cost["checkpoint"] = self._saved - began
