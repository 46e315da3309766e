"""Which changes of a module put the rows of `make science` out of date, and which do not."""

from __future__ import annotations

import pytest
from code_meaning import form, meaning, names_read

MODULE = '''
"""A loss."""
from collections.abc import Iterator
from torch import relu
from sslstudio.domain.problems import Problem

class HingeSpec(LossSpec):
    """A hinge."""
    prevents_collapse: ClassVar[bool] = True
    margin: Annotated[float, Range(0.0, 2.0), Ui("Margin", "How far apart.", live=True)] = 1.0

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield a warning."""
        if wiring.views < 2:
            yield Problem("views", "warning", "One view has no partner.")

def distance(a, b, name="euclid"):
    """Return the loss."""
    if name != "euclid":
        raise RecipeError("That distance is unknown.", "Choose another.")
    return relu(getattr(a, "norm") - b)  # (batch,)

ENTRY = Entry(title="Hinge", spec=HingeSpec, citation="Hadsell 2006", build=distance)
'''
READ = frozenset({"prevents_collapse"})


def mark(source, read=READ):
    return form(meaning(source, read))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Return the loss."""', '"""Return what is minimised."""'),
        ('"""Return the loss."""\n', "\n"),
        ("# (batch,)", "# one value an image"),
        ('"Margin", "How far apart."', '"Distance", "How far at most."'),
        ('"That distance is unknown."', 'f"{name} is unknown."'),
        ("Hadsell 2006", "Hadsell et al. 2006"),
        ('title="Hinge"', 'title="Margin"'),
        ('"One view has no partner."', '"Add a second view."'),
        ("wiring.views < 2", "wiring.views < 3"),
        ("import Problem", "import Fix, Problem"),
        ("    margin:", "    sets_length: ClassVar[bool] = True\n    margin:"),
        ("    def doubts", "    def doubts_too(self) -> None: ...\n\n    def doubts"),
    ],
)
def test_words_and_checks_change_no_number(old, new):
    assert old in MODULE
    assert mark(MODULE.replace(old, new, 1)) == mark(MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("= 1.0", "= 0.5"),
        ("Range(0.0, 2.0)", "Range(0.0, 3.0)"),
        ("[bool] = True", "[bool] = False"),
        ("    prevents_collapse: ClassVar[bool] = True\n", ""),
        ("torch import relu", "torch.nn.functional import relu"),
        ('"norm"', '"square"'),
        (" - b", " + b"),
        ('name != "euclid"', 'name == "euclid"'),
        ("raise RecipeError", "raise ValueError"),
        ("build=distance", "build=relu"),
    ],
)
def test_whatever_can_change_a_number_counts(old, new):
    assert old in MODULE
    assert mark(MODULE.replace(old, new, 1)) != mark(MODULE)


def test_a_class_variable_counts_where_code_that_makes_numbers_reads_it():
    assert mark(MODULE, frozenset()) == mark(MODULE.replace("= True", "= False", 1), frozenset())
    assert {"norm", "euclid"} <= set(names_read(MODULE))
    assert "views" not in set(names_read(MODULE)), "a check read it"


def test_imports_that_only_a_check_needs_are_no_matter():
    bare = MODULE.replace("from sslstudio.domain.problems import Problem\n", "")
    assert mark(bare) == mark(MODULE)
    assert "relu" in mark(MODULE)
