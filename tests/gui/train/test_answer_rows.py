import base64

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from sslstudio.domain.events import Shown, ShownRow
from sslstudio.gui.theme import DARK, LIGHT
from sslstudio.gui.train.answer_rows import AnswerRows, summary_of, words_of
from sslstudio.gui.train.exhibits import Answer, Exhibit, read_exhibit
from sslstudio.gui.train.picture_view import ENLARGED, PictureView
from sslstudio.gui.widgets.segmented import Segmented


def pictures(count, value=200):
    return tuple(np.full((8, 8, 3), value, np.uint8) for _ in range(count))


def answer(caption, group="answers", count=8, marks=()):
    return Answer(caption, pictures(count), group, marks)


def cluster_rows(count=5):
    return tuple(answer(f"Cluster {n}", "clusters") for n in range(1, count + 1))


def captions(rows):
    return [row.caption.text() for row in rows.shown()]


@pytest.fixture
def rows(qtbot, theme):
    rows = AnswerRows(theme.tokens)
    qtbot.addWidget(rows)
    return rows


def test_the_event_tells_what_each_row_is_about(tmp_path):
    marks = (None, True, False)
    np.savez(
        tmp_path / "a.npz",
        near=np.zeros((3, 8, 8, 3), np.uint8),
        old=np.zeros((1, 8, 8, 3), np.uint8),
    )
    shown = Shown(
        step=1,
        path="a.npz",
        captions=("old", "near"),
        rows=(ShownRow(caption="near", group="neighbours", marks=marks),),
        numbers={"neighbours alike": 0.5},
    )
    exhibit = read_exhibit(tmp_path, shown)
    old, near = exhibit.answers
    assert (old.group, old.marks) == ("answers", ())
    assert (near.group, near.marks) == ("neighbours", marks)
    assert exhibit.groups == ("answers", "neighbours")
    assert exhibit.numbers == {"neighbours alike": 0.5}


def test_one_group_has_a_title_and_several_a_switch(rows):
    rows.show_exhibit(
        Exhibit(answers=cluster_rows(), numbers={"used clusters": 20.0, "cluster entropy": 2.5})
    )
    assert captions(rows) == [f"Cluster {n}" for n in range(1, 6)]
    assert rows.findChild(Segmented) is None
    both = (*cluster_rows(2), answer("Image", "attention"), answer("Looked at", "attention"))
    rows.show_exhibit(Exhibit(answers=both))
    switch = rows.findChild(Segmented)
    assert switch.value() == "clusters"
    switch.chosen.emit("attention")
    assert captions(rows) == ["Image", "Looked at"]
    rows.show_exhibit(Exhibit(answers=both))
    assert captions(rows) == ["Image", "Looked at"]
    rows.show_exhibit(Exhibit(answers=cluster_rows(2)))
    assert captions(rows) == ["Cluster 1", "Cluster 2"]


def test_only_whole_rows_are_shown_but_never_fewer_than_make_sense(rows):
    rows.show_exhibit(Exhibit(answers=cluster_rows()))
    rows.fit(5_000)
    assert len(captions(rows)) == 5
    tall = rows.sizeHint().height()
    rows.fit(tall)
    assert len(captions(rows)) == 5
    rows.fit(tall - 1)
    assert len(captions(rows)) == 4
    assert rows.sizeHint().height() <= tall - 1
    rows.fit(10)
    assert len(captions(rows)) == 2
    rows.show_exhibit(Exhibit(answers=tuple(answer(c) for c in ("Spoilt", "Painted", "Clean"))))
    assert captions(rows) == ["Spoilt", "Painted", "Clean"]


def test_nothing_shown_takes_no_room(rows):
    rows.show_exhibit(Exhibit(answers=cluster_rows()))
    rows.show_exhibit(Exhibit())
    assert rows.isHidden()


def test_the_caption_counts_the_right_answers_that_are_shown():
    marks = (True, False, True, True, None, False, False, False, True, True)
    assert words_of(answer("Turned back", marks=marks)) == "Turned back: 3 of 5 right"
    assert words_of(answer("Turned")) == "Turned"
    assert words_of(answer("Image 1", "neighbours", marks=marks)) == "Image 1"


def test_a_neighbour_of_another_class_is_not_called_wrong(rows):
    marks = (None, True, False)
    rows.show_exhibit(Exhibit(answers=(answer("Image 1", "neighbours", 3, marks),)))
    assert [view.mark for view in rows.shown()[0].views] == [None, True, None]
    rows.show_exhibit(Exhibit(answers=(answer("Turned", count=3, marks=marks),)))
    assert [view.mark for view in rows.shown()[0].views] == [None, True, False]


def test_pictures_of_a_group_are_of_one_size_that_fits_the_longest_row(rows):
    mixed = (answer("A", "prototypes", 8), answer("B", "prototypes", 3))
    rows.show_exhibit(Exhibit(answers=mixed))
    sides = {view.width() for row in rows.shown() for view in row.views}
    assert sides == {30}
    rows.show_exhibit(Exhibit(answers=(answer("Image 1", "neighbours", 6),)))
    assert {view.width() for view in rows.shown()[0].views} == {40}
    assert rows.sizeHint().width() <= 263


@pytest.mark.parametrize(
    ("group", "numbers", "words"),
    [
        (
            "clusters",
            {"used clusters": 20.0, "cluster entropy": 2.98, "purity": 0.304},
            "20 in use, entropy 2.98 of 3.00, purity 0.30",
        ),
        (
            "prototypes",
            {"used clusters": 1.0, "cluster entropy": 0.0},
            "1 in use, entropy 0.00 of 0.00",
        ),
        ("neighbours", {"neighbours alike": 0.336}, "34 % of all neighbours share the class"),
        ("neighbours", {"sorted images": 60.0}, ""),
        ("answers", {"cosine": 0.5}, ""),
    ],
)
def test_a_gallery_is_summed_up_in_words(group, numbers, words):
    assert summary_of(group, numbers) == words


def painted(view):
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    view.render(image)
    return image


def colours(image, region):
    return {image.pixelColor(x, y).name() for x in region for y in region}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_right_and_wrong_differ_in_colour_and_in_shape(qtbot, tokens):
    view = PictureView(30, tokens)
    qtbot.addWidget(view)
    corner = range(17, 30)
    shown = {}
    for mark in (None, True, False):
        view.show_picture(pictures(1)[0], "A horse", mark=mark)
        shown[mark] = painted(view)
    assert colours(shown[None], range(4, 26)) == {"#c8c8c8"}
    assert QColor(tokens.ok).name() in colours(shown[True], corner)
    assert QColor(tokens.alarm).name() in colours(shown[False], corner)
    shapes = [
        {(x, y) for x in range(20, 28) for y in range(20, 28) if near(image, x, y, tokens.panel)}
        for image in (shown[True], shown[False])
    ]
    tick, cross = shapes
    upper_left, lower_middle = {(21, 21), (22, 22)}, {(22, 25), (23, 25)}
    assert cross & upper_left
    assert not tick & upper_left
    assert tick & lower_middle


def near(image, x, y, colour):
    found, wanted = image.pixelColor(x, y), QColor(colour)
    return abs(found.lightness() - wanted.lightness()) < 60


def test_the_pointer_enlarges_a_picture_without_blur(qtbot):
    view = PictureView(30, LIGHT)
    qtbot.addWidget(view)
    checks = np.zeros((8, 8, 3), np.uint8)
    checks[::2, ::2] = 255
    view.show_picture(checks, "A horse", mark=False)
    text = view.enlarged()
    image = QImage.fromData(base64.b64decode(text.split("base64,")[1].split('"')[0]))
    assert image.width() == image.height() == ENLARGED
    assert {image.pixelColor(x, 5).name() for x in range(ENLARGED)} == {"#000000", "#ffffff"}
    assert text.endswith("A horse, wrong, 8 \u00d7 8 px")
    assert view.accessibleName() == "A horse, wrong"
