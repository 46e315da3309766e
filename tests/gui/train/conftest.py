import math
from pathlib import Path

import pytest

from sslstudio.domain.events import (
    AnchorLine,
    GaugeCard,
    Measured,
    Saved,
    Started,
    Stepped,
    VerdictGiven,
)
from sslstudio.gui.theme import Theme
from sslstudio.gui.train.page import TrainPage
from sslstudio.gui.train.run_view import RunView

ANCHORS = (
    AnchorLine(term="loss", label="all alike: ln(511)", value=math.log(511), kind="collapse"),
    AnchorLine(term="loss", label="uniform sphere", value=1.566),
)
GAUGES = (
    GaugeCard(name="spread", label="Feature spread", how_to_read="", healthy=(0.6, 1.0), high=1.0),
    GaugeCard(
        name="rank", label="Effective rank", how_to_read="", healthy=(45, 128), high=128, digits=0
    ),
    GaugeCard(name="knn", label="kNN", how_to_read="untrained .43", low=0.0, high=1.0),
    GaugeCard(name="spectrum", label="Spectrum", how_to_read="", is_spectrum=True),
)


def started(step=0, **more):
    return Started(step=step, total_steps=1060, anchors=ANCHORS, gauges=GAUGES, **more)


def stepped(step, loss=None, **terms):
    return Stepped(
        step=step,
        terms={"loss": 2.3 + 4.7 * math.exp(-step / 75) if loss is None else loss, **terms},
        learning_rate=2.4e-3,
        progress=step / 1060,
        seconds=step * 0.5,
        images_per_second=921.0,
        epoch=step / 98,
        memory_bytes=1_400_000_000,
    )


def measured(step, spread=0.87, rank=91.0, knn=0.58, **more):
    projected = {"spread_z": spread, "rank_z": rank, "rank_share": rank / 128, **more}
    return Measured(
        step=step,
        readings={"spread": spread, "rank": rank, "knn": knn, **projected},
        series={"spectrum": (4.0, 2.0, 1.0)},
    )


def history(steps, first=1):
    """Return the events of a healthy run, as the training loop emits them."""
    events = []
    for step in range(first, first + steps):
        events.append(stepped(step))
        if step % 25 == 0:
            events.append(measured(step))
            events.append(
                VerdictGiven(
                    step=step,
                    state="learning",
                    sentence="Spread and rank are healthy.",
                    evidence={"spread": 0.87, "rank": 91.0},
                )
            )
        if step % 106 == 0:
            events.append(saved(step))
    return events


def saved(step):
    path = f"checkpoints/step-{step:08d}.safetensors"
    return Saved(step=step, path=path, progress=step / 1060)


def run_view(events=(), recipe=None, folder=Path(), **more):
    named = {"id": "r1", "name": "SimCLR on shapes", "folder": folder}
    return RunView(**named, recipe=recipe, events=events, **more)


@pytest.fixture(scope="module")
def one_theme(qapp):
    # Styling the whole application takes a tenth of a second; once for all tests is enough.
    return Theme(qapp, "dark")


@pytest.fixture
def theme(one_theme):
    one_theme.set_mode("dark")
    return one_theme


@pytest.fixture
def page(qtbot, theme, jobs):
    page = TrainPage(theme, jobs)
    qtbot.addWidget(page)
    page.resize(1008, 752)
    page.show()
    return page
