import numpy as np

from sslstudio.gui.explore.picking import nearest_place, next_place

PLACES = np.array([[10, 10], [30, 12], [30, 80], [60, 10], [5, 10]], dtype=np.float32)
ALL = np.ones(5, dtype=bool)


def test_the_nearest_point_within_reach_is_picked():
    assert nearest_place(PLACES, ALL, 28, 14) == 1
    assert nearest_place(PLACES, ALL, 45, 45) is None
    assert nearest_place(PLACES[:0], ALL[:0], 0, 0) is None


def test_hidden_points_cannot_be_picked():
    visible = ALL.copy()
    visible[1] = False
    assert nearest_place(PLACES, visible, 30, 12) is None
    assert next_place(PLACES, visible, 0, (1, 0)) == 3


def test_arrow_keys_go_to_the_next_point_in_their_direction():
    assert next_place(PLACES, ALL, 0, (1, 0)) == 1
    assert next_place(PLACES, ALL, 1, (1, 0)) == 3
    assert next_place(PLACES, ALL, 1, (-1, 0)) == 0
    assert next_place(PLACES, ALL, 1, (0, 1)) == 2
    assert next_place(PLACES, ALL, 2, (0, 1)) is None
    assert next_place(PLACES, ALL, 3, (1, 0)) is None
