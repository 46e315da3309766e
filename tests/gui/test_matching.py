import pytest

from sslstudio.gui.matching import fit


def best(query, *titles):
    fits = {title: fit(query, title) for title in titles}
    return max(titles, key=lambda title: fits[title] if fits[title] is not None else -1)


def test_letters_must_occur_in_order():
    assert fit("gtd", "Go to Data") is not None
    assert fit("dtg", "Go to Data") is None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("st", "Start training"), ("gtd", "Go to Design"), ("gott", "Go to Train")],
)
def test_starts_of_words_and_letters_in_a_row_count_most(query, wanted):
    assert best(query, "Show the list", "Start training", "Go to Design", "Go to Train") == wanted


def test_an_empty_query_fits_all_alike():
    assert fit("", "Go to Data") == fit("", "Start training") == 0


def test_keywords_are_found_by_their_beginning():
    assert fit("appear", "Use dark colours", "theme appearance") is not None
    assert fit("xyz", "Use dark colours", "theme appearance") is None
