import pytest

from sslstudio.catalog.entry import Entry
from sslstudio.catalog.heads.mlp import MlpSpec
from sslstudio.catalog.heads.none import NoHeadSpec
from sslstudio.domain.problems import Problem
from sslstudio.domain.spec import UnknownSpec
from sslstudio.gui.design.estimate_card import duration_words, memory_words
from sslstudio.gui.design.signposts import home_of, severities
from sslstudio.gui.design.view_words import view_names
from sslstudio.gui.design.walking import along
from sslstudio.gui.design.words import (
    brief,
    count_words,
    is_nothing,
    short_name,
    spent_words,
    summary_of,
)


def entries(*titles):
    return {
        title.lower().replace(" ", "-"): Entry(title=title, spec=MlpSpec, build=lambda *_: None)
        for title in titles
    }


def test_a_pill_says_the_last_word_of_a_title():
    known = entries("Random resized crop", "Colour jitter", "Solarize")
    assert [short_name(kind, known) for kind in known] == ["crop", "jitter", "solarize"]


def test_neighbours_with_the_same_last_word_are_told_apart():
    known = entries("Left turn", "Right turn", "Sharp edge", "Soft edge")
    assert [short_name(kind, known) for kind in known] == [
        *("left turn", "right turn", "sharp edge", "soft edge"),
    ]


def test_what_nearly_every_method_uses_keeps_its_last_word():
    known = entries("Horizontal flip", "Vertical flip", "Random crop", "Random resized crop")
    assert [short_name(kind, known) for kind in known] == [
        *("flip", "vertical flip", "random crop", "crop"),
    ]


def test_a_part_that_this_build_lacks_is_named_and_explained():
    lost = UnknownSpec(kind="wavelet", missing_family="heads", content={"kind": "wavelet"})
    assert brief(lost, {}) == "wavelet: unknown"
    assert "does not know" in summary_of(lost, {})
    assert not is_nothing(lost)
    assert is_nothing(NoHeadSpec())


@pytest.mark.parametrize(
    ("number", "words"),
    [(950, "950"), (9_500, "9,500"), (48_200, "48 k"), (11_170_000, "11.2 M")],
)
def test_counts_are_short(number, words):
    assert count_words(number).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0.34, "0.34 ms"), (12.5, "12 ms"), (575.4, "575 ms"), (3_680, "3.68 s")],
)
def test_a_share_of_a_step_is_short(milliseconds, words):
    assert spent_words(milliseconds) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [((0, 1, 2), "A"), ((0, 2, 8), "A, B"), ((2, 6, 8), "C-H"), ((1, 39, 40), "2-40")],
)
def test_neighbouring_views_are_named_in_few_characters(span, words):
    assert view_names(*span) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12.4, "12 s"), (580, "9 min 40 s"), (7_500, "2 h 5 min"), (180_000, "2 d 2 h")],
)
def test_durations_have_two_units(seconds, words):
    assert duration_words(seconds) == words


def test_memory_is_in_giga_or_megabytes():
    assert memory_words(1_400_000_000) == "1.4 GB"
    assert memory_words(310_000_000) == "310 MB"


def test_a_problem_is_at_home_in_the_innermost_place():
    places = ("views.0", "views.0.pipeline.1", "views.0.pipeline.10", "encoder")
    assert home_of("views.0.pipeline.10.sigma", places) == "views.0.pipeline.10"
    assert home_of("views.0.size", places) == "views.0"
    assert home_of("training.batch_size", places) == ""


def test_a_view_has_the_gravest_problem_of_its_operations():
    problems = [
        Problem("views.0.pipeline.1", "warning", "Strengths differ."),
        Problem("views.0.pipeline.2", "error", "Wrong place."),
    ]
    assert severities(["views.0", "views.0.pipeline.1", "encoder"], problems) == {
        "views.0": "error",
        "views.0.pipeline.1": "warning",
    }


def test_tab_order_ends_at_both_ends():
    order = ["a", "b", "c"]
    assert [along(order, key, 1) for key in ("", "a", "c")] == ["a", "b", ""]
    assert [along(order, key, -1) for key in ("", "b", "a")] == ["c", "a", ""]
