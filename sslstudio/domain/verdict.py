"""How training goes, judged from loss and readings, as one sentence with its evidence.

The rules are gated, not weighed (a collapse cannot be traded for a good loss): the loss is a
number, the embeddings have not collapsed, something moves; then it learns.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from sslstudio.domain.collapse import Form, Numbers, Readings, form_of_collapse
from sslstudio.domain.events import State, VerdictGiven
from sslstudio.domain.verdict_words import (
    KNN_NOISE,
    Course,
    Point,
    Situation,
    key_and_sentence,
)

FIRST_STEP: Final = 75
"""Before it readings say little: batch norm's running statistics lag behind the weights. At step
25 a healthy Barlow Twins run read a uniformity of -.09 and a rank of 3, at step 50 -1.65 and 12."""
SUSTAINED: Final = 3
"""Measurements in a row that must agree; two do if they lie `SUSTAINED_STEPS` apart."""
SUSTAINED_STEPS: Final = 50
CLEARED: Final = 2
"""Measurements in a row without signs of it that take a collapse back."""
STALL_STEPS: Final = 200
STALL_MEASUREMENTS: Final = 5
STALL_CHANGE: Final = 0.02
"""A loss whose every value lies within 2 % has not left where it began."""
EXPLOSION: Final = 20.0
"""A loss this many times its first size (or 1, if that is larger) has exploded."""
RETELL: Final = 0.1
"""Share of the budget after which the same verdict is given again with fresh numbers."""
TREND_STEPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the judge remembers of a run; plain numbers and words."""

    key: str = ""
    told: float = 0.0
    state: State = "warming-up"
    form: Form = ""
    suspicious: int = 0
    suspicious_since: int = 0
    clear: int = 0
    first_loss: float | None = None
    loss_low: float = math.inf
    loss_high: float = -math.inf
    losses: int = 0
    losses_since: int = 0
    loss_mark: Point | None = None
    loss_next_mark: Point | None = None
    loss_now: Point | None = None
    knn_before: Point | None = None
    knn_now: Point | None = None
    knn_best: float = 0.0


class Judge:
    """Follows a run from measurement to measurement."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def state(self) -> dict[str, Any]:
        """Return what is remembered, as JSON can hold it."""
        values = asdict(self._memory)
        return {name: value for name, value in values.items() if value != _FRESH[name]}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        """Return the judge that had this state."""
        points = {name: Point(**value) for name, value in state.items() if isinstance(value, dict)}
        return cls(Memory(**{**state, **points}))

    def consider(
        self, step: int, progress: float, terms: Numbers, readings: Numbers, baseline: Numbers
    ) -> VerdictGiven | None:
        """Return a verdict if it differs from the last one given, in state or in words.

        `baseline` holds the readings of the untrained network.
        """
        now, untrained = Readings.among(readings), Readings.among(baseline)
        loss = terms.get("loss")
        memory = _with_knn(_with_loss(self._memory, step, loss), step, now.knn)
        memory = _with_suspicion(memory, step, form_of_collapse(now))
        state = _state(memory, step, untrained, finite=_all_finite(loss, readings))
        memory = replace(memory, state=state)
        key, sentence = key_and_sentence(_situation(step, memory, now, untrained))
        is_due = state != "warming-up" and progress >= memory.told + RETELL
        self._memory = memory
        if key == memory.key and not is_due:
            return None
        self._memory = replace(memory, key=key, told=progress)
        evidence = _evidence(now, untrained, loss)
        return VerdictGiven(step=step, state=state, sentence=sentence, evidence=evidence)


_FRESH: Final = asdict(Memory())


def _all_finite(loss: float | None, readings: Numbers) -> bool:
    values = readings.values() if loss is None else (loss, *readings.values())
    return all(math.isfinite(value) for value in values)


def _with_loss(memory: Memory, step: int, loss: float | None) -> Memory:
    if loss is None or not math.isfinite(loss):
        return memory
    now = Point(step=step, value=loss)
    mark, coming = memory.loss_mark or now, memory.loss_next_mark or now
    if step - coming.step >= TREND_STEPS:
        # The trend is told over one to two such stretches, never over a few noisy steps.
        mark, coming = coming, now
    memory = replace(
        memory,
        loss_now=now,
        loss_mark=mark,
        loss_next_mark=coming,
        first_loss=loss if memory.first_loss is None else memory.first_loss,
    )
    if step < FIRST_STEP:
        return memory
    return replace(
        memory,
        loss_low=min(loss, memory.loss_low),
        loss_high=max(loss, memory.loss_high),
        losses=memory.losses + 1,
        losses_since=memory.losses_since or step,
    )


def _with_knn(memory: Memory, step: int, knn: float | None) -> Memory:
    if knn is None or not math.isfinite(knn):
        return memory
    repeated = memory.knn_now is not None and memory.knn_now.step == step
    return replace(
        memory,
        knn_before=memory.knn_before if repeated else memory.knn_now,
        knn_now=Point(step=step, value=knn),
        knn_best=max(knn, memory.knn_best),
    )


def _with_suspicion(memory: Memory, step: int, form: Form) -> Memory:
    if step < FIRST_STEP:
        return memory
    if not form:
        clear = memory.clear + 1
        keeps = memory.state == "collapsed" and clear < CLEARED
        return replace(
            memory,
            clear=clear,
            suspicious=memory.suspicious if keeps else 0,
            form=memory.form if keeps else "",
        )
    return replace(
        memory,
        clear=0,
        form=form,
        suspicious=memory.suspicious + 1,
        suspicious_since=memory.suspicious_since if memory.suspicious else step,
    )


def _state(memory: Memory, step: int, untrained: Readings, *, finite: bool) -> State:
    if not finite or _has_exploded(memory):
        return "diverged"
    if step < FIRST_STEP:
        return "warming-up"
    lasting = step - memory.suspicious_since >= SUSTAINED_STEPS and memory.suspicious > 1
    if lasting or memory.suspicious >= SUSTAINED:
        return "collapsed"
    return "stalled" if _has_stalled(memory, step, untrained) else "learning"


def _has_exploded(memory: Memory) -> bool:
    if memory.first_loss is None or memory.loss_now is None:
        return False
    return abs(memory.loss_now.value) > EXPLOSION * max(1.0, abs(memory.first_loss))


def _has_stalled(memory: Memory, step: int, untrained: Readings) -> bool:
    if memory.losses < STALL_MEASUREMENTS or step - memory.losses_since < STALL_STEPS:
        return False
    size = max(abs(memory.loss_high), abs(memory.loss_low))
    gain = 0.0 if untrained.knn is None else memory.knn_best - untrained.knn
    return memory.loss_high - memory.loss_low < STALL_CHANGE * size and gain < 2 * KNN_NOISE


def _situation(step: int, memory: Memory, now: Readings, untrained: Readings) -> Situation:
    return Situation(
        step=step,
        state=memory.state,
        form=memory.form,
        now=now,
        untrained=untrained,
        loss=_course(memory.loss_mark, memory.loss_now),
        knn=_course(memory.knn_before or memory.knn_now, memory.knn_now),
        first_loss=memory.first_loss,
    )


def _course(before: Point | None, now: Point | None) -> Course | None:
    return None if before is None or now is None else Course(before=before, now=now)


def _evidence(now: Readings, untrained: Readings, loss: float | None) -> dict[str, float]:
    """Return the numbers behind a verdict; what is not finite has no place in JSON."""
    numbers = {
        **now.known(),
        "loss": loss,
        "untrained_rank": untrained.rank,
        "untrained_knn": untrained.knn,
    }
    return {
        name: value for name, value in numbers.items() if value is not None and math.isfinite(value)
    }
