"""The tests that the table of other libraries' mistakes names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = (HERE / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_it_exists(file, name):
    assert f"def {name}(" in (HERE / file).read_text(encoding="utf-8")


def test_every_mistake_has_a_guard():
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", TABLE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 29))
    assert all("::" in guards or "make science" in guards for _, guards in rows)
