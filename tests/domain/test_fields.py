from typing import Annotated

from pydantic import BaseModel

from sslstudio.domain.fields import Span, Ui, schema_of
from sslstudio.domain.spec import AugmentationSpec


class Holder(BaseModel):
    first: Annotated[AugmentationSpec, Ui("First", "One operation.")]
    all: Annotated[tuple[AugmentationSpec, ...], Ui("All", "Operations in order.")] = ()
    pair: Annotated[tuple[float, float], Span(0.0, 1.0), Ui("Pair", "Two numbers.")] = (0.0, 1.0)
    numbers: Annotated[tuple[int, ...], Ui("Numbers", "Any number of them.")] = ()


def test_a_field_is_a_part_or_a_pipeline_of_parts_or_a_pair_of_numbers_or_none_of_them():
    fields = {field.name: field for field in schema_of(Holder)}
    kinds = {
        name: (field.is_part, field.is_pipeline, field.is_pair) for name, field in fields.items()
    }
    assert kinds == {
        "first": (True, False, False),
        "all": (False, True, False),
        "pair": (False, False, True),
        "numbers": (False, False, False),
    }
