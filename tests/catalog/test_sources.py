"""Who invented it, where it stands, and what is done otherwise: every module says so, alike.

Every entry ends its first docstring with a paragraph that begins with "Departures:", even if there
are none. Tasks, losses, targets, similarities, measurements and optimizers also name the place in
the paper; augmentations may name the library's operation whose law they follow instead of a paper.
"""

from __future__ import annotations

import importlib
import re

import pytest

from sslstudio.catalog.catalog import load_catalog

CATALOG = load_catalog()
WITH_PLACE = ("objectives", "losses", "targets", "similarities", "monitors", "optimizers")
WITHOUT_PLACE = ("augmentations", "encoders", "heads")
ELSEWHERE = ("neighbours", "linear_probe", "difficulty", "sinkhorn", "accumulation")
"""Measurements and methods whose working part several files share."""
MODULES = [
    *(entry.spec.__module__ for family in WITH_PLACE for entry in CATALOG.entries(family).values()),
    *(f"sslstudio.engine.{name}" for name in ELSEWHERE),
]
OTHERS = [entry for family in WITHOUT_PLACE for entry in CATALOG.entries(family).values()]
LIBRARY = re.compile(r"\b(torchvision|kornia|Pillow)'s [A-Z]\w+")
PAPER = re.compile(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,}/\S+|\b(19|20)\d\d\b")
PLACE = re.compile(
    r"\b(eqs?\.|equations?|sections?|figures?|tables?|appendix|algorithms?|pages?)\s", re.IGNORECASE
)
DEPARTURES = re.compile(r"\n\nDepartures: \S")
OTHERWISE = re.compile(r"\bDeparture:|\bNo departures?\b")
UNCITED = ("none", "pixels", "same", "fit")
"""Kinds that nobody invented."""
YEAR = re.compile(r"\b(19|20)\d\d\b")


@pytest.mark.parametrize("module", MODULES)
def test_it_names_paper_place_and_departures(module):
    text = importlib.import_module(module).__doc__
    flat = " ".join(text.split())
    assert PAPER.search(flat), "the paper: arXiv number, DOI, or authors and year"
    assert PLACE.search(flat), "the equation, section, figure, table or algorithm"
    assert len(DEPARTURES.findall(text)) == 1, "one paragraph of departures"
    assert not OTHERWISE.search(text)


@pytest.mark.parametrize("entry", OTHERS, ids=lambda entry: f"{entry.spec.family}-{entry.kind}")
def test_it_names_its_source_and_departures(entry):
    text = importlib.import_module(entry.spec.__module__).__doc__
    flat = " ".join(text.split())
    assert PAPER.search(flat) or LIBRARY.search(flat) or entry.kind in UNCITED
    assert len(DEPARTURES.findall(text)) == 1, "one paragraph of departures"
    assert not OTHERWISE.search(text)


def test_no_family_is_left_out():
    assert set(CATALOG.families) == {*WITH_PLACE, *WITHOUT_PLACE}


@pytest.mark.parametrize(
    "entry",
    [entry for entries in CATALOG.families.values() for entry in entries.values()],
    ids=lambda entry: f"{entry.spec.family}-{entry.kind}",
)
def test_a_citation_names_a_year_or_there_is_nothing_to_cite(entry):
    assert not entry.citation or YEAR.search(entry.citation), entry.citation
    assert entry.citation or entry.kind in UNCITED
