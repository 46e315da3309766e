"""Runs over the whole catalogue by itself: a new file is tested on arrival."""

import pytest

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.fields import schema_of

ENTRIES = [
    pytest.param(entry, id=f"{family}-{kind}")
    for family, entries in load_catalog().families.items()
    for kind, entry in entries.items()
]


def default_of(entry, catalog):
    """Return the entry's spec, its nested parts filled with the first choice of their family."""
    nested = {}
    for field in schema_of(entry.spec):
        if field.is_part and entry.spec.model_fields[field.name].is_required():
            nested[field.name] = {"kind": next(iter(catalog.entries(field.type.family)))}
    return entry.spec.model_validate(nested, context={"kinds": catalog.kinds})


@pytest.mark.parametrize("entry", ENTRIES)
def test_spec_survives_json(entry, catalog):
    spec = default_of(entry, catalog)
    content = spec.model_dump(mode="json")
    assert entry.spec.model_validate(content, context={"kinds": catalog.kinds}) == spec
    assert content["kind"] == entry.kind
    # A saved recipe names every value: no default of a later build slips in.
    assert set(content) == set(entry.spec.model_fields)


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_has_words_and_its_default_lies_in_range(entry):
    for field in schema_of(entry.spec):
        assert field.ui.label
        assert field.ui.help.endswith((".", ")"))
        if field.range is not None and isinstance(field.default, int | float):
            assert field.range.low <= field.default <= field.range.high
    named = {field.name for field in schema_of(entry.spec)} | {"kind"}
    assert named == set(entry.spec.model_fields), "every field is annotated with Ui"


@pytest.mark.parametrize("entry", ENTRIES)
def test_entry_says_what_it_is(entry):
    assert entry.title
    assert entry.summary.endswith(".")
    assert "-".join(entry.kind.split()) == entry.kind == entry.kind.lower()


@pytest.mark.parametrize("entry", ENTRIES)
def test_form_builds_and_emits_a_replaced_spec(entry, catalog, qtbot):
    from sslstudio.gui.forms.form import SpecForm

    spec = default_of(entry, catalog)
    form = SpecForm(spec)
    qtbot.addWidget(form)
    own = [f.name for f in schema_of(entry.spec) if not f.is_part and not f.is_pipeline]
    assert sorted(form.field_names) == sorted(own)
