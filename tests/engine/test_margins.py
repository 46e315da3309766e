from sslstudio.engine.contrast import Crowd
from sslstudio.engine.margins import margin_anchors


def anchors_of(**crowd):
    found = Crowd(views=2, **crowd)
    return margin_anchors(found, alike="m", value=0.5, apart="All is well.")


def test_equal_embeddings_collapse_and_nothing_costs_less_than_nothing():
    collapse, floor = anchors_of(images=4, stored=0)
    assert (collapse.kind, collapse.label, collapse.value) == ("collapse", "all alike: m", 0.5)
    assert (floor.kind, floor.value, floor.meaning) == ("bound", 0.0, "All is well.")


def test_without_negatives_there_is_nothing_to_compare_with():
    assert anchors_of(images=4, stored=0, batch_negatives=False) == ()
    assert len(anchors_of(images=4, stored=3, batch_negatives=False)) == 2
