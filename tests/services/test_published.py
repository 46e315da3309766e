"""Published numbers are complete, attributed, and those of the papers."""

from sslstudio.services.published import published_results


def test_every_row_has_a_source_and_a_plausible_share():
    published = published_results()
    assert {row.source for row in published.rows} == set(published.sources)
    assert all(10 <= row.value <= 100 for row in published.rows)
    keys = [(row.method, row.source, row.measure, row.data, row.encoder) for row in published.rows]
    assert len(keys) == len(set(keys))


def test_two_sources_that_differ_stand_side_by_side():
    rows = published_results().of("simclr")
    linear = {row.source: row.value for row in rows if row.measure == "linear, top-1"}
    assert linear["swav-paper"] == 70.0
    assert linear["byol-paper"] == 69.3
    assert all(row.data and row.encoder for row in rows)


def test_the_lectures_numbers_are_there():
    by_method = {
        row.method: row.value for row in published_results().rows if row.source == "swav-paper"
    }
    assert by_method["SwAV"] == 75.3
    assert by_method["Colorization"] == 39.6
    assert len(by_method) == 15
