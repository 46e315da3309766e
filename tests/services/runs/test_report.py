"""The report of a run: what it says, and that it stands alone."""

from __future__ import annotations

import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from sslstudio.domain.errors import StudioError
from sslstudio.domain.events import (
    AnchorLine,
    Edited,
    Finished,
    GaugeCard,
    Measured,
    Started,
    Stepped,
    VerdictGiven,
)
from sslstudio.engine.plan import Edit
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.report import report, write_report
from sslstudio.services.runs.report_chart import HEIGHT, MOST_POINTS, WIDTH, Chart
from sslstudio.services.runs.report_course import Course
from sslstudio.services.runs.report_page import picture_row
from tests.services.runs.conftest import STEPS, SmallRun

SPREAD = GaugeCard(
    name="spread", label="Feature spread", how_to_read="1 = isotropic", healthy=(0.6, 1.0)
)


class Tags(HTMLParser):
    """Collects the tags, what they link to, and the words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data):
        self.words.append(data)


def stepped(step, loss):
    return Stepped(
        step=step,
        terms={"loss": loss},
        learning_rate=0.1,
        progress=step / 100,
        seconds=step,
        images_per_second=1.0,
        epoch=0.0,
    )


@pytest.fixture(scope="module")
def once(catalog, tmp_path_factory):
    run = SmallRun(catalog, tmp_path_factory.mktemp("trained") / "run")
    run.train(edits={3: Edit("objective.loss.temperature", 0.5)})
    return run.folder.path


@pytest.fixture
def trained(once, tmp_path):
    """A run folder of one's own that has trained."""
    return RunFolder.open(Path(shutil.copytree(once, tmp_path / "run")))


def test_it_says_what_was_trained_how_it_went_and_what_came_out(catalog, trained):
    words = " ".join(Tags(report(trained, catalog, "My run")).words)
    for expected in (
        "My run",
        f"{STEPS} of {STEPS} steps",
        "SimCLR",
        "NT-Xent",
        "Random resized crop",
        "batch size 16",
        "objective.loss.temperature was set to 0.5.",
        "kNN on validation",
        "Image 1, then its 5 nearest",
        trained.id,
    ):
        assert expected in words, expected


def test_it_needs_nothing_but_itself(catalog, trained, tmp_path):
    file = tmp_path / "report.html"
    write_report(trained, catalog, "My run", file)
    tags = Tags(file.read_text(encoding="utf-8"))
    assert "script" not in tags.open
    assert tags.open.count("img") > 10
    assert all(link.startswith("data:image/png;base64,") for link in tags.links)
    for svg in re.findall(r"<svg.*?</svg>", file.read_text(encoding="utf-8"), re.DOTALL):
        ET.fromstring(svg)


def test_names_are_shown_as_they_are_written(catalog, trained):
    page = report(trained, catalog, "<script>alert(1)</script> & co")
    assert "script" not in Tags(page).open
    assert "<script>alert(1)</script> & co" in " ".join(Tags(page).words)


def test_scores_are_there_once_they_were_measured(catalog, trained):
    assert "Scores on held-out" not in report(trained, catalog, "run")
    score = {"accuracy": 0.912, "low": 0.9, "high": 0.924}
    content = {"trained": score, "random_encoder": score, "raw_pixels": score, "step": 12}
    trained.write_notes({"evaluations": {"knn": content}})
    words = " ".join(Tags(report(trained, catalog, "run")).words)
    assert "Scores on held-out" in words
    assert "91.2 % (90.0 to 92.4)" in words


def test_a_recipe_that_cannot_be_read_leaves_the_rest(catalog, trained):
    file = trained.path / "recipe.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["schema_version"] = 99
    file.write_text(json.dumps(content), encoding="utf-8")
    words = " ".join(Tags(report(trained, catalog, "run")).words)
    assert "cannot read the recipe" in words
    assert '"schema_version": 99' in words
    assert f"{STEPS} of {STEPS} steps" in words


def test_damaged_pictures_are_said_and_leave_the_rest(catalog, trained):
    for file in (trained.path / "pictures").iterdir():
        file.write_bytes(b"PK torn")
    words = " ".join(Tags(report(trained, catalog, "run")).words)
    assert "cannot be read" in words
    assert "To do it again" in words


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(catalog, trained, tmp_path):
    with pytest.raises(StudioError, match="no folder"):
        write_report(trained, catalog, "run", tmp_path / "missing" / "report.html")


def test_what_a_resumed_run_walked_twice_is_counted_once():
    events = [
        Started(step=0, gauges=(SPREAD,)),
        Measured(step=0, readings={"spread": 0.4}),
        *(stepped(step, 5.0) for step in range(1, 9)),
        Measured(step=8, readings={"spread": 0.9}),
        Started(step=4, resumed=True, gauges=(SPREAD,)),
        *(stepped(step, 2.0) for step in range(5, 7)),
        Measured(step=6, readings={"spread": 0.7}),
    ]
    course = Course.of(events)
    assert course.terms["loss"] == [(s, 5.0) for s in range(1, 5)] + [(5, 2.0), (6, 2.0)]
    assert course.table() == [("Feature spread", "0.4", "0.7", "0.6 to 1", "1 = isotropic")]
    assert course.happened == [(4, "Training went on from here.")]


def test_only_news_are_told():
    def verdict(step, state):
        return VerdictGiven(step=step, state=state, sentence=f"Sentence {step}.")

    events = [
        verdict(1, "warming-up"),
        verdict(2, "learning"),
        verdict(3, "learning"),
        Edited(step=4, path="optimizer.learning_rate", value=0.125),
        verdict(5, "collapsed"),
        Finished(
            step=6, outcome="failed", seconds=1.0, message="The loss is infinite.", hint="Stop."
        ),
    ]
    assert [words for _, words in Course.of(events).happened] == [
        "Warming up: Sentence 1.",
        "Learning: Sentence 2.",
        "optimizer.learning_rate was set to 0.125.",
        "Collapsed: Sentence 5.",
        "The loss is infinite. Stop.",
    ]


def test_anchors_belong_to_their_term():
    anchors = (
        AnchorLine(term="loss", label="ln 4", value=math.log(4)),
        AnchorLine(term="accuracy", label="1 / 4", value=0.25),
    )
    course = Course.of([Started(step=0, anchors=anchors), stepped(1, 2.0)])
    (chart,) = course.charts()
    assert (chart.name, chart.anchors) == ("Loss", (("ln 4", math.log(4)),))


def places(svg):
    root = ET.fromstring(svg.partition("</svg>")[0] + "</svg>")
    line = next(element for element in root if element.tag == "polyline")
    return [tuple(map(float, point.split(","))) for point in line.get("points").split()]


def test_the_curve_lies_inside_and_rises_with_its_values():
    found = places(Chart("Loss", ((0, 1.0), (50, 3.0), (100, 2.0))).drawn())
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    low, high, middle = (y for _, y in found[:3])
    assert low > middle > high


def test_a_far_anchor_is_named_and_does_not_squeeze_the_curve():
    points = tuple((step, 2.0 + 0.01 * step) for step in range(100))
    near = Chart("Loss", points, (("floor", 1.5),)).drawn()
    far = Chart("Loss", points, (("floor", -400.0),)).drawn()
    assert "floor 1.5" in near.partition("</svg>")[0]
    assert "floor: \u2212400 (outside)" in far.partition("</svg>")[2]
    heights = [y for _, y in places(far)]
    assert max(heights) - min(heights) > 0.8 * HEIGHT * 0.8


def test_long_curves_are_thinned_and_holes_left_out():
    points = tuple((step, math.nan if step % 3 == 0 else float(step)) for step in range(5000))
    found = places(Chart("Loss", points).drawn())
    assert len(found) <= MOST_POINTS + 1
    assert "No value" in Chart("Loss", ((0, math.nan),)).drawn()
    flat = places(Chart("Loss", ((0, 0.0), (5, 0.0))).drawn())
    assert flat[0][1] == flat[1][1]


def test_right_and_wrong_pictures_are_told_apart_in_words():
    row = picture_row("Turned", [np.zeros((4, 4, 3), np.uint8)] * 3, (None, True, False))
    assert re.findall(r'alt="(\w*)"', row) == ["", "right", "wrong"]
