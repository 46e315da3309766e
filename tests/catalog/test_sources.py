"""Who invented it, where it stands, and what is done otherwise: every module says so, alike.

Tasks, losses, targets, similarities and measurements end their first docstring with a paragraph
that begins with "Departures:", even if there are none.
"""

from __future__ import annotations

import importlib
import re

import pytest

from sslstudio.catalog.catalog import load_catalog

CATALOG = load_catalog()
FAMILIES = ("objectives", "losses", "targets", "similarities", "monitors")
ELSEWHERE = ("neighbours", "linear_probe", "difficulty", "sinkhorn", "accumulation")
"""Measurements and methods whose working part several files share."""
MODULES = [
    *(entry.spec.__module__ for family in FAMILIES for entry in CATALOG.entries(family).values()),
    *(f"sslstudio.engine.{name}" for name in ELSEWHERE),
]
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


@pytest.mark.parametrize(
    "entry",
    [entry for entries in CATALOG.families.values() for entry in entries.values()],
    ids=lambda entry: f"{entry.spec.family}-{entry.kind}",
)
def test_a_citation_names_a_year_or_there_is_nothing_to_cite(entry):
    assert not entry.citation or YEAR.search(entry.citation), entry.citation
    assert entry.citation or entry.kind in UNCITED
