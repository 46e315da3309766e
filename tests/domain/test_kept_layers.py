from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from tests.support.runs import small_recipe


def keeping(catalog, preset, *layers, **changes):
    wanted = {"layer": layers[0], "also": list(layers[1:])}
    return small_recipe(catalog, preset, representation=wanted, **changes)


def problems(recipe):
    return [p for p in check(recipe) if p.path.startswith("representation")]


@pytest.mark.parametrize(
    "layers", [("encoder",), ("stage1", "encoder"), ("projector",), ("encoder", "projector")]
)
def test_layers_that_are_there_have_no_problem(catalog, layers):
    assert not problems(keeping(catalog, "simclr", *layers))


@pytest.mark.parametrize(
    ("preset", "layers", "changes", "left"),
    [
        ("rotation", ("projector",), {}, ("encoder",)),
        ("rotation", ("stage1", "projector"), {}, ("stage1",)),
        ("pcl", ("encoder", "projector"), {}, ("encoder",)),
        ("simclr", ("projector",), {"objective__projector": {"kind": "none"}}, ("encoder",)),
        ("simclr", ("encoder", "stage1", "encoder"), {}, ("encoder", "stage1")),
    ],
)
def test_what_cannot_be_kept_is_an_error_with_a_way_out(catalog, preset, layers, changes, left):
    recipe = keeping(catalog, preset, *layers, **changes)
    (problem,) = problems(recipe)
    assert problem.severity == "error"
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    assert recipe.representation.layers == left
    assert not problems(recipe)
