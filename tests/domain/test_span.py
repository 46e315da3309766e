from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from sslstudio.domain.fields import Span, Ui, schema_of


class Crop(BaseModel):
    scale: Annotated[tuple[float, float], Span(0.1, 1.0), Ui("Area", "Share of the image.")] = (
        0.2,
        1.0,
    )


@pytest.mark.parametrize("pair", [(0.1, 1.0), (0.5, 0.5), [0.2, 0.3]])
def test_ordered_pairs_within_the_limits_are_taken(pair):
    assert Crop(scale=pair).scale == tuple(pair)


@pytest.mark.parametrize("pair", [(0.05, 0.5), (0.5, 1.1), (0.6, 0.5), (float("nan"), 0.5)])
def test_others_are_refused_with_the_limits(pair):
    with pytest.raises(ValidationError, match=r"between 0\.1 and 1\.0"):
        Crop(scale=pair)


def test_form_and_json_schema_know_the_limits():
    (field,) = schema_of(Crop)
    assert field.is_pair
    assert field.range is not None
    assert (field.range.low, field.range.high) == (0.1, 1.0)
    written = Crop.model_json_schema()["properties"]["scale"]
    assert [(item["minimum"], item["maximum"]) for item in written["prefixItems"]] == [
        (0.1, 1.0)
    ] * 2
    assert written["title"] == "Area"
