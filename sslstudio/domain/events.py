"""What a run says while it goes: small values that travel as JSON lines."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

State = Literal["warming-up", "learning", "stalled", "collapsed", "diverged"]
Outcome = Literal["done", "stopped", "failed"]
RowGroup = Literal["answers", "clusters", "prototypes", "neighbours", "attention"]
"""What a row of pictures is about."""


FROZEN: Final = ConfigDict(frozen=True, ser_json_inf_nan="strings")
"""JSON has no word for what is no number; as null, a diverged run's events could not be read."""


class _Event(BaseModel):
    model_config = ConfigDict(**FROZEN, extra="ignore")

    step: int


class AnchorLine(BaseModel):
    """A labelled line on the plot of one term."""

    model_config = FROZEN

    term: str
    label: str
    value: float
    kind: str = "reference"
    meaning: str = ""


class GaugeCard(BaseModel):
    """How one reading is shown."""

    model_config = FROZEN

    name: str
    label: str
    how_to_read: str
    healthy: tuple[float, float] | None = None
    low: float | None = None
    high: float | None = None
    is_spectrum: bool = False
    digits: int = 2


class Started(_Event):
    """Training begins or goes on; says what the plots need to know."""

    kind: Literal["started"] = "started"
    total_steps: int | None = None
    budget_unit: str = "steps"
    budget_amount: float = 0.0
    views: int = 2
    batch_size: int = 0
    parameters: int = 0
    anchors: tuple[AnchorLine, ...] = ()
    gauges: tuple[GaugeCard, ...] = ()
    resumed: bool = False


class Stepped(_Event):
    """Terms of the loss, averaged since the last such event."""

    kind: Literal["stepped"] = "stepped"
    terms: dict[str, float]
    learning_rate: float
    progress: float
    """Share of the budget that is used, 0 to 1."""
    seconds: float
    """Training time so far, pauses excluded."""
    images_per_second: float
    epoch: float
    gradient_norm: float = 0.0
    memory_bytes: int = 0


class Measured(_Event):
    """Readings of the monitors."""

    kind: Literal["measured"] = "measured"
    readings: dict[str, float]
    series: dict[str, tuple[float, ...]] = {}


class VerdictGiven(_Event):
    """How training goes, in one sentence with its evidence."""

    kind: Literal["verdict"] = "verdict"
    state: State
    sentence: str
    evidence: dict[str, float] = {}


class ShownRow(BaseModel):
    """A row of pictures: what they are, and which of them are right."""

    model_config = FROZEN

    caption: str
    group: RowGroup = "answers"
    marks: tuple[bool | None, ...] = ()
    """Right, wrong or neither, picture by picture; empty where nothing is right or wrong."""


class Shown(_Event):
    """Pictures for the Train page were written: a pair of views, answers, samples."""

    kind: Literal["shown"] = "shown"
    path: str
    captions: tuple[str, ...] = ()
    """Names in the file, in order."""
    rows: tuple[ShownRow, ...] = ()
    """What is known of the rows among them; nothing in runs of builds that did not write it."""
    numbers: dict[str, float] = {}


class Saved(_Event):
    """A checkpoint was written."""

    kind: Literal["saved"] = "saved"
    path: str
    seconds: float = 0.0
    progress: float | None = None
    """Share of the budget that is used; None in runs of builds that did not write it."""


class Dropped(_Event):
    """Checkpoints are deleted because newer ones stand for them."""

    kind: Literal["dropped"] = "dropped"
    steps: tuple[int, ...]


class Edited(_Event):
    """A value of the recipe was changed while training."""

    kind: Literal["edited"] = "edited"
    path: str
    value: Any
    anchors: tuple[AnchorLine, ...] | None = None
    """The anchors from here on; None in runs of builds that did not write them."""


class Warned(_Event):
    """Something a person should know; training goes on."""

    kind: Literal["warned"] = "warned"
    message: str
    hint: str = ""


class Finished(_Event):
    """The last word of a run or of one sitting of it."""

    kind: Literal["finished"] = "finished"
    outcome: Outcome
    seconds: float
    message: str = ""
    hint: str = ""


Event = (
    Started
    | Stepped
    | Measured
    | VerdictGiven
    | Shown
    | Saved
    | Dropped
    | Edited
    | Warned
    | Finished
)

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
"""Reads an event from JSON."""
