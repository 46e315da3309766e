import pytest
from PySide6.QtGui import QFontMetrics

from sslstudio.gui.widgets.text import ElidedLabel, restyle, text_label

pytestmark = pytest.mark.usefixtures("theme")


def test_changing_numbers_keep_their_width(qtbot):
    label = text_label("111.11", "number")
    qtbot.addWidget(label)
    label.show()
    narrow = QFontMetrics(label.font()).horizontalAdvance("111.11")
    wide = QFontMetrics(label.font()).horizontalAdvance("888.88")
    assert narrow == wide


@pytest.mark.parametrize(("role", "size"), [("display", 20), ("title", 15), ("small", 11)])
def test_a_role_gives_a_size_of_the_type_scale(qtbot, role, size):
    label = text_label("words", role)
    qtbot.addWidget(label)
    label.show()
    assert label.font().pixelSize() == size


def test_a_paragraph_shows_markup_as_it_was_written(qtbot):
    label = text_label("a < b & c", wrap=True)
    qtbot.addWidget(label)
    assert label.text() == "a < b & c"
    label.setText("<b>not bold</b>")
    assert label.text() == "<b>not bold</b>"


def test_a_paragraph_grows_with_its_words(qtbot):
    short, long = text_label("one", wrap=True), text_label("many words " * 20, wrap=True)
    for label in (short, long):
        qtbot.addWidget(label)
    assert long.heightForWidth(200) >= short.heightForWidth(200) + 3 * 19


def test_a_cut_text_is_whole_in_its_tooltip(qtbot):
    label = ElidedLabel("a name that is much too long for its place")
    qtbot.addWidget(label)
    label.resize(60, 16)
    label.show()
    assert label.toolTip() == label.text()
    label.resize(600, 16)
    assert label.toolTip() == ""


def test_a_new_role_shows_at_once(qtbot):
    label = text_label("words", "small")
    qtbot.addWidget(label)
    label.show()
    restyle(label, "role", "display")
    assert label.font().pixelSize() == 20
