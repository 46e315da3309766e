import csv
import io

from sslstudio.gui.evaluate.comparison import Comparison, arranged, shown, shown_interval
from sslstudio.gui.evaluate.source import EvaluationRow, Measure


def row(name, knn=None, *, baseline=False, data="shapes", **more):
    measures = {"kNN": Measure(knn, knn - 0.02, knn + 0.02)} if knn is not None else {}
    measures |= {key: Measure(value) for key, value in more.items()}
    return EvaluationRow(name.lower(), name, data, baseline, measures)


ROWS = [
    row("BYOL", 0.61),
    row("untrained", 0.43, baseline=True),
    row("SimCLR", 0.69),
    row("raw pixels", 0.36, baseline=True),
]


def test_baselines_stand_on_top_and_runs_go_from_best_to_worst():
    assert [r.name for r in arranged(ROWS).rows] == ["untrained", "raw pixels", "SimCLR", "BYOL"]


def test_a_later_protocol_adds_a_column_to_the_same_row():
    table = arranged(ROWS).with_rows([row("BYOL", linear=0.71)])
    assert table.columns == ("kNN", "linear")
    byol = next(r for r in table.rows if r.name == "BYOL")
    assert byol.measures["kNN"].value == 0.61
    assert byol.measures["linear"].value == 0.71
    assert len(table.rows) == 4


def test_best_is_told_within_one_data_set_only_and_may_be_a_baseline():
    table = arranged([*ROWS, row("SimSiam", 0.97, data="digits"), row("MAE", 0.2)])
    best = {r.name for r in table.rows if table.is_best(r, "kNN")}
    assert best == {"SimCLR"}
    pixels = arranged([row("raw pixels", 0.97, baseline=True), row("Rotation", 0.9)])
    assert [r.name for r in pixels.rows if pixels.is_best(r, "kNN")] == ["raw pixels"]


def test_lower_may_be_better():
    worse = EvaluationRow(
        "a", "a", "shapes", measures={"error": Measure(0.3, lower_is_better=True)}
    )
    better = EvaluationRow(
        "b", "b", "shapes", measures={"error": Measure(0.1, lower_is_better=True)}
    )
    table = arranged([worse, better])
    assert [r.name for r in table.rows] == ["b", "a"]
    assert table.is_best(better, "error")


def test_choosing_runs_keeps_the_baselines_of_their_data():
    table = arranged([*ROWS, row("raw pixels", 0.9, baseline=True, data="digits")])
    chosen = table.only({"byol"})
    assert [r.name for r in chosen.rows] == ["untrained", "raw pixels", "BYOL"]
    assert table.only(set()).rows == ()


def twin(run, name, knn, **more):
    return EvaluationRow(
        f"{run}/{name}",
        name,
        "shapes",
        is_baseline=True,
        measures=row("x", knn, **more).measures,
    )


def test_equal_baselines_of_several_runs_are_one_row():
    table = arranged(
        [
            *(row(run, value) for run, value in [("a", 0.6), ("b", 0.5)]),
            twin("a", "untrained", 0.43),
            twin("b", "untrained", 0.43, linear=0.5),
            twin("a", "pixels", 0.36),
            twin("b", "pixels", 0.36),
        ]
    ).only({"a", "b"})
    assert [r.name for r in table.rows] == ["untrained", "pixels", "a", "b"]
    assert set(table.rows[0].measures) == {"kNN", "linear"}


def test_baselines_that_differ_say_whose_they_are():
    rows = [row("a", 0.6), row("b", 0.5), twin("a", "untrained", 0.43), twin("b", "untrained", 0.2)]
    table = arranged(rows).only({"a", "b"})
    assert [r.name for r in table.rows[:2]] == ["untrained (a)", "untrained (b)"]
    assert [r.name for r in arranged(rows).only({"b"}).rows] == ["untrained", "b"]


def test_rows_without_the_chosen_measure_come_last():
    table = arranged([row("later", linear=0.5), *ROWS]).by("kNN")
    assert table.rows[-1].name == "later"


def test_csv_reads_back_to_the_same_numbers():
    text = arranged([*ROWS, row('a "b", c', linear=0.5)]).as_csv()
    lines = list(csv.DictReader(io.StringIO(text)))
    simclr = next(line for line in lines if line["run"] == "SimCLR")
    assert float(simclr["kNN"]) == 0.69
    assert float(simclr["kNN low"]) == 0.67
    assert simclr["linear"] == ""
    assert lines[-1]["run"] == 'a "b", c'


def test_markdown_marks_the_best():
    text = arranged(ROWS).as_markdown()
    assert "| SimCLR | shapes | **69.0 %** |" in text
    assert text.count("**") == 2


def test_texts():
    assert shown(None) == "–"
    assert shown(Measure(-0.5, is_share=False)) == "−0.500"
    assert shown_interval(Measure(0.5, 0.45, 0.55)) == "50.0 %, between 45.0 % and 55.0 %"
    assert Comparison().as_csv() == "run,data,baseline\n"
    assert Comparison().span("kNN") == (0.0, 1.0)
