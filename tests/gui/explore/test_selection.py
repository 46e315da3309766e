import numpy as np

from sslstudio.gui.explore.selection import Selection


def mask(*places, length=5):
    result = np.zeros(length, dtype=bool)
    result[list(places)] = True
    return result


def test_every_change_is_told_once_and_no_change_not_at_all():
    selection = Selection()
    told = []
    selection.changed.connect(lambda: told.append(selection.indices().tolist()))
    selection.replace(mask(1, 3))
    selection.replace(mask(1, 3))
    selection.add(mask(3, 4))
    selection.toggle(1)
    selection.toggle(0)
    selection.pick(2)
    selection.clear()
    selection.clear()
    assert told == [[1, 3], [1, 3, 4], [3, 4], [0, 3, 4], [2], []]


def test_the_mask_cannot_be_changed_behind_its_back():
    selection = Selection()
    own = mask(1)
    selection.replace(own)
    own[2] = True
    assert selection.indices().tolist() == [1]
    assert selection.count == 1
    assert not selection.mask.flags.writeable
