import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from sslstudio.domain.fields import schema_of
from sslstudio.domain.problems import Fix, Problem
from sslstudio.gui.forms.form import SpecForm
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.segmented import Segmented
from tests.gui.forms.specs import EverySpec, Fussy
from tests.gui.support import interactive_widgets, unexplained

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def form(qtbot):
    shown = SpecForm(EverySpec())
    qtbot.addWidget(shown)
    shown.resize(263, 900)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def edits(form):
    heard = []
    form.edited.connect(lambda spec, name: heard.append((spec, name)))
    return heard


def type_value(qtbot, editor, text):
    editor.begin_typing()
    field = editor.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_every_field_but_a_part_has_a_row(form):
    names = {field.name for field in schema_of(EverySpec)}
    assert set(form.field_names) == names - {"part"}


def test_a_moved_slider_gives_a_replaced_spec(form, edits, qtbot):
    before = form.spec
    qtbot.keyClick(form.editor("strength").slider, Qt.Key.Key_Right)
    (spec, name), *more = edits
    assert (name, more) == ("strength", [])
    assert spec == EverySpec(strength=0.52)
    assert before == EverySpec()
    assert form.spec is spec


def test_showing_a_spec_tells_nobody(form, edits):
    form.set_spec(
        EverySpec(
            strength=0.1,
            rate=0.5,
            width=64,
            scale=(0.2, 0.4),
            norm=False,
            mode="stop-gradient",
            backbone="vit-tiny",
            layer="z",
            size=32,
            seed=7,
        )
    )
    assert edits == []
    assert form.editor("width").text() == "64 units"
    assert form.editor("scale").text() == "20 % to 40 %"
    assert form.findChild(Segmented).value() == "stop-gradient"
    assert form.findChild(QComboBox).currentText() == "vit tiny"


def test_a_value_between_the_steps_is_shown_as_it_is_and_not_changed(form, edits):
    form.set_spec(EverySpec(strength=0.123))
    assert form.editor("strength").text() == "0.123"
    assert edits == []


def test_a_double_click_types_the_value(form, edits, qtbot):
    type_value(qtbot, form.editor("strength"), "0.333")
    assert edits[-1][0].strength == 0.333
    assert form.editor("strength").text() == "0.333"


def test_escape_leaves_the_value_as_it_was(form, edits, qtbot):
    editor = form.editor("rate")
    editor.begin_typing()
    field = editor.findChild(QLineEdit)
    qtbot.keyClicks(field, "9")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert edits == []
    assert editor.text() == "0.001"
    assert field.isHidden()


def test_a_word_in_place_of_a_number_changes_nothing(form, edits, qtbot):
    type_value(qtbot, form.editor("strength"), "much")
    assert edits == []
    assert form.editor("strength").text() == "0.50"


def test_one_handle_of_a_pair_leaves_the_other_value(form, edits):
    form.set_spec(EverySpec(scale=(0.085, 1.0)))
    slider = form.editor("scale").slider
    low, high = slider.value()
    slider.setValue((low, high - 5))
    assert edits[-1][0].scale == (0.085, pytest.approx(0.9))


def test_a_switch_a_choice_and_a_text(form, edits, qtbot):
    qtbot.mouseClick(form.editor("norm").switch, Qt.MouseButton.LeftButton)
    assert edits[-1][0].norm is False
    form.findChild(Segmented).chosen.emit("stop-gradient")
    assert edits[-1][0].mode == "stop-gradient"
    form.findChild(QComboBox).activated.emit(2)
    assert edits[-1][0].backbone == "resnet-50"
    line = form.editor("layer").line
    line.setText("projector.0")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert edits[-1] == (edits[-1][0], "layer")
    assert edits[-1][0].layer == "projector.0"
    assert len(edits) == 4


def test_words_and_numbers_in_a_row_have_commas_between_them(form, edits, qtbot):
    for name, text, value in (("names", "crop, flip", ("crop", "flip")), ("widths", "4,8", (4, 8))):
        line = form.editor(name).line
        line.setText(text)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        assert edits[-1][1] == name
        assert getattr(edits[-1][0], name) == value
    form.set_spec(EverySpec(widths=(1, 2, 3)))
    assert form.editor("widths").line.text() == "1, 2, 3"
    form.editor("widths").line.setText("wide")
    qtbot.keyClick(form.editor("widths").line, Qt.Key.Key_Return)
    assert form.spec.widths == (1, 2, 3)
    assert form.editor("widths").line.text() == "1, 2, 3"


def test_automatic_is_none_and_comes_back_to_the_last_value(form, edits):
    editor = form.editor("size")
    assert editor.box.isChecked()
    assert not editor.inner.slider.isEnabled()
    editor.box.click()
    chosen = edits[-1][0].size
    assert isinstance(chosen, int)
    form.set_spec(EverySpec(size=96))
    editor.box.click()
    assert edits[-1][0].size is None
    editor.box.click()
    assert edits[-1][0].size == 96


def test_advanced_settings_wait_under_their_heading(form):
    rare = form.editor("rare")
    assert not rare.isVisible()
    form.findChild(Disclosure).open()
    assert rare.isVisible()


def test_only_live_settings_while_training_runs(qtbot):
    live = SpecForm(EverySpec(), live_only=True)
    qtbot.addWidget(live)
    assert live.field_names == ("rate",)


def test_a_value_that_does_not_fit_is_refused_with_the_reason(qtbot):
    form = SpecForm(Fussy())
    qtbot.addWidget(form)
    form.show()
    heard = []
    form.edited.connect(lambda spec, _name: heard.append(spec))
    type_value(qtbot, form.editor("low"), "9")
    assert heard == []
    assert form.spec == Fussy()
    note = form.findChild(Banner)
    assert "Low must not exceed high" in note.accessibleName()
    assert form.editor("low").text() == "2"
    type_value(qtbot, form.editor("low"), "3")
    assert heard == [Fussy(low=3)]
    assert not note.isVisible()


def test_a_problem_stands_beside_its_field_with_its_fix(form, qtbot):
    fix = Fix("Use 0.2", (("rate", 0.2),))
    form.set_problems({"rate": [Problem("rate", "warning", "This is too slow.", fix)]})
    note = form.findChild(Banner)
    assert note.accessibleName() == "Warning This is too slow."
    with qtbot.waitSignal(form.fix_asked, timeout=500) as asked:
        qtbot.mouseClick(note.findChild(Button), Qt.MouseButton.LeftButton)
    assert asked.args == [fix]
    form.set_problems({})
    qtbot.waitUntil(lambda: form.findChild(Banner) is None)


def test_another_kind_builds_another_form(form):
    form.set_spec(Fussy())
    assert form.field_names == ("low", "high")
    assert form.editor("high").text() == "5"


def test_every_row_is_explained_and_can_be_reached_by_key(form):
    form.findChild(Disclosure).open()
    assert unexplained(form) == []
    slider = form.editor("width").slider
    assert slider.accessibleName() == "Width"
    assert "8 to 8,192 units" in slider.toolTip()
    assert "Default: 512" in slider.toolTip()
    reachable = [
        widget
        for widget in interactive_widgets(form)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(reachable) >= len(form.field_names)


def test_a_form_fits_the_inspector(form):
    assert form.minimumSizeHint().width() <= 263
