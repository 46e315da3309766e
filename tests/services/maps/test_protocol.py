import io

import numpy as np
import pytest

from sslstudio.services.maps.protocol import Message, read_message, write_message
from sslstudio.services.maps.settings import (
    PcaSettings,
    TsneSettings,
    UmapSettings,
    as_json,
    from_json,
)


def test_a_message_arrives_as_it_was_sent():
    stream = io.BytesIO()
    arrays = (np.arange(6, dtype=np.float64).reshape(2, 3), np.empty((0, 2)))
    write_message(stream, Message("compute", 7, {"method": "pca", "words": "naïve"}, arrays))
    write_message(stream, Message("warm"))
    stream.seek(0)
    first = read_message(stream)
    assert (first.kind, first.job, first.value("words")) == ("compute", 7, "naïve")
    np.testing.assert_array_equal(first.arrays[0], arrays[0])
    assert first.arrays[1].shape == (0, 2)
    assert read_message(stream).kind == "warm"
    assert read_message(stream) is None


@pytest.mark.parametrize("kept", [0, 2, 10, -1])
def test_a_message_that_was_cut_off_counts_as_the_end(kept):
    stream = io.BytesIO()
    write_message(stream, Message("result", 1, arrays=(np.ones((4, 2)),)))
    cut = io.BytesIO(stream.getvalue()[:kept])
    assert read_message(cut) is None


@pytest.mark.parametrize(
    "settings", [PcaSettings(), TsneSettings(perplexity=12.5), UmapSettings(neighbours=40, seed=3)]
)
def test_settings_survive_the_way_through_json(settings):
    assert from_json(as_json(settings)) == settings
