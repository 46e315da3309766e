import threading

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QTableView

from sslstudio.gui.evaluate.comparison import arranged
from sslstudio.gui.evaluate.source import EvaluationRow, Measure, RunChoice


def names(page):
    model = page.model
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def tick(qtbot, page, row):
    area = page.inspector.runs.visualItemRect(page.inspector.runs.item(row))
    qtbot.mouseClick(page.inspector.runs.viewport(), Qt.MouseButton.LeftButton, pos=area.center())


def wait_idle(qtbot, page):
    qtbot.waitUntil(lambda: not page.queue.is_running, timeout=5000)


def test_what_was_measured_before_is_there_with_its_baselines_on_top(page):
    assert names(page) == ["Untrained", "Pixels", "Run a"]
    assert page.inspector.runs.ticked_ids() == ["a"]
    assert page.model.index(2, 2).data() == "61.0 %"
    assert page.model.is_best(page.model.index(2, 2))


def test_ticked_runs_are_evaluated_and_only_where_it_is_missing(page, qtbot, bench):
    tick(qtbot, page, 1)
    assert page.inspector.run.text() == "Evaluate 1 run"
    click(qtbot, page.findChild(QPushButton, "evaluate.run"))
    wait_idle(qtbot, page)
    assert bench.asked == [("b", "knn")]
    assert names(page) == ["Untrained", "Pixels", "Run a", "Run b"]
    assert not page.progress.isVisible()
    assert page.inspector.run.text() == "Evaluate 2 runs again"


def test_another_protocol_is_another_column(page, qtbot, bench):
    click(qtbot, next(b for b in page.findChildren(QAbstractButton) if b.text() == "Linear probe"))
    assert page.inspector.run.text() == "Evaluate 1 run"
    click(qtbot, page.inspector.run)
    wait_idle(qtbot, page)
    assert bench.asked == [("a", "linear")]
    assert page.model.comparison.columns == ("knn", "linear")
    assert page.model.comparison.chosen == "linear"
    header = page.model.headerData(3, Qt.Orientation.Horizontal)
    assert header == "Linear probe"


def test_stopping_keeps_what_is_finished(page, qtbot, bench):
    tick(qtbot, page, 1)
    tick(qtbot, page, 2)
    bench.gate.clear()
    click(qtbot, page.inspector.run)
    qtbot.waitUntil(page.progress.isVisible, timeout=3000)
    assert not page.inspector.run.isEnabled()
    click(qtbot, page.progress.findChild(QPushButton))
    wait_idle(qtbot, page)
    assert bench.asked == [("b", "knn")]
    assert "Run a" in names(page)
    assert page.inspector.run.isEnabled()
    assert not page.messages.isVisible()


def test_a_run_that_cannot_be_evaluated_is_told_of_and_the_others_go_on(page, qtbot, bench):
    bench.broken = {"b"}
    tick(qtbot, page, 1)
    tick(qtbot, page, 2)
    click(qtbot, page.inspector.run)
    wait_idle(qtbot, page)
    assert [run for run, _ in bench.asked] == ["b", "c"]
    assert "shapes has no labels." in page.messages.text()
    assert "Run c" in names(page)


def test_results_survive_leaving_the_page(page, qtbot):
    tick(qtbot, page, 1)
    click(qtbot, page.inspector.run)
    page.hide()
    wait_idle(qtbot, page)
    page.show()
    page.activated()
    qtbot.wait(120)
    assert "Run b" in names(page)
    assert page.inspector.runs.ticked_ids() == ["a", "b"]


def test_baselines_of_different_encoders_are_told_apart(page, qtbot):
    tick(qtbot, page, 2)
    click(qtbot, page.inspector.run)
    wait_idle(qtbot, page)
    assert names(page)[:3] == ["Untrained (Run c)", "Untrained (Run a)", "Pixels"]


def test_unticking_everything_says_what_to_do(page, qtbot):
    tick(qtbot, page, 0)
    assert names(page) == []
    assert not page.inspector.run.isEnabled()
    shown = " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())
    assert "Tick one or more runs" in shown


def test_space_ticks_the_run_in_focus(page, qtbot):
    page.inspector.runs.setCurrentRow(2)
    qtbot.keyClick(page.inspector.runs, Qt.Key.Key_Space)
    assert page.inspector.runs.ticked_ids() == ["a", "c"]
    qtbot.keyClick(page.inspector.runs, Qt.Key.Key_Space)
    assert page.inspector.runs.ticked_ids() == ["a"]


def test_a_heading_chooses_the_measure_of_the_chart(page, qtbot):
    page.queue.start([run for run in page._runs if run.run_id == "a"], "linear")
    wait_idle(qtbot, page)
    header = page.table.headings
    page.table.measure_chosen.emit("linear")
    assert page.model.comparison.chosen == "linear"
    place = QPoint(header.sectionViewportPosition(2) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.model.comparison.chosen == "knn"


def test_a_row_is_put_in_words_and_names_its_run(page, qtbot):
    table = page.findChild(QTableView, "evaluate.table")
    cell = table.visualRect(page.model.index(2, 0)).center()
    with qtbot.waitSignal(page.run_chosen, timeout=1000) as chosen:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert chosen.args == ["a"]
    words = page.inspector._row_words.text()
    assert words == "kNN: 61.0 %, between 59.0 % and 63.0 %. 1,000 held-out images."


def test_the_table_can_be_copied(page):
    csv, markdown = page.header_buttons()
    csv.click()
    assert "Run a,shapes,no,0.61,0.59,0.63" in QGuiApplication.clipboard().text()
    markdown.click()
    assert "| Run a | shapes | **61.0 %** |" in QGuiApplication.clipboard().text()


def test_cells_say_themselves_in_words(page):
    index = page.model.index(2, page.model.chart_column)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith(
        "Run a: kNN 61.0 %, between 59.0 % and 63.0 %, the best"
    )


def test_a_folders_column_holds_its_name_and_the_words_its_whole_path(page):
    place = "/home/someone/pictures/birds.v2.zip"
    page.model.show_comparison(
        arranged([EvaluationRow("c", "Run c", place, measures={"knn": Measure(0.5)})])
    )
    cell = page.model.index(0, 1)
    assert cell.data() == "birds.v2"
    assert place in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_both_themes_paint(page, one_theme):
    light = page.grab().toImage().pixelColor(300, 60).lightness()
    one_theme.set_mode("dark")
    assert page.grab().toImage().pixelColor(300, 60).lightness() < light - 100


def test_long_names_get_what_a_wider_table_has_to_spare(page, qtbot):
    name = "A denoising autoencoder with a very long name, second attempt"
    row = EvaluationRow("z", name, "shapes", measures={"knn": Measure(0.5)})
    page.model.show_comparison(arranged([row]))
    narrow = page.table.columnWidth(0)
    page.resize(1900, 1000)
    qtbot.waitUntil(lambda: page.table.columnWidth(0) > narrow + 100)
    needed = page.table.fontMetrics().horizontalAdvance(name)
    assert page.table.columnWidth(0) >= needed
    # Most of the table stays for numbers and chart.
    assert page.table.columnWidth(0) < page.table.width() / 2


def test_a_tall_window_lists_more_runs(page, bench, monkeypatch, qtbot):
    many = [RunChoice(str(n), f"Run {n}", "shapes") for n in range(20)]
    monkeypatch.setattr(bench, "runs", lambda: many)
    page.activated()
    qtbot.waitUntil(lambda: page.inspector.runs.count() == 20)
    low = page.inspector.runs.height()
    page.resize(1008, 1100)
    assert page.inspector.runs.height() > low
    assert page.inspector.run.isVisible()


def test_a_run_that_is_looked_at_is_compared_as_soon_as_it_is_listed(page, bench, qtbot):
    known = bench.runs()
    bench.runs = lambda: known[:2]
    page.include("c")
    qtbot.waitUntil(lambda: page.inspector.runs.count() == 2)
    assert page.inspector.runs.ticked_ids() == ["a"]
    bench.runs = lambda: known
    page.activated()
    qtbot.waitUntil(lambda: page.inspector.runs.ticked_ids() == ["a", "c"])
    tick(qtbot, page, 2)
    page.activated()
    qtbot.waitUntil(lambda: not page._reading)
    # Only once: what the user unticks stays so.
    assert page.inspector.runs.ticked_ids() == ["a"]


def test_what_is_asked_while_the_scores_are_read_is_read_afterwards(page, bench, qtbot):
    known, gate = bench.runs(), threading.Event()

    def slow():
        gate.wait(5)
        return known[:2]

    bench.runs = slow
    page.refresh()
    page.include("c")
    bench.runs = lambda: known
    gate.set()
    qtbot.waitUntil(lambda: page.inspector.runs.ticked_ids() == ["a", "c"])


def test_a_score_measured_while_the_old_ones_are_read_stays(page, bench, qtbot):
    old, gate, read = bench.results(), threading.Event(), threading.Event()

    def slow():
        read.set()
        gate.wait(5)
        return old

    results, bench.results = bench.results, slow
    page.refresh()
    qtbot.waitUntil(read.is_set)
    bench.results = results
    tick(qtbot, page, 1)
    page.inspector.run.click()
    qtbot.waitUntil(lambda: not page.queue.is_running)
    gate.set()
    qtbot.waitUntil(lambda: not page._reading)
    assert {row.run_id for row in page.model.comparison.rows if not row.is_baseline} == {"a", "b"}
