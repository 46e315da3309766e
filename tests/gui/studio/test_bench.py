import threading

import pytest

from sslstudio.domain.errors import CancelledError
from sslstudio.gui.studio.bench import Dice


def test_training_waits_for_a_trial_under_way_and_no_other_begins():
    dice, inside, go = Dice(), threading.Event(), threading.Event()
    order = []

    def trial():
        with dice.borrowed():
            inside.set()
            assert go.wait(5)
            order.append("trial")

    def training():
        with dice.for_training():
            order.append("training")

    first = threading.Thread(target=trial)
    first.start()
    assert inside.wait(5)
    dice.reserved = True
    second = threading.Thread(target=training)
    second.start()
    go.set()
    first.join(5)
    second.join(5)
    assert order == ["trial", "training"]
    with pytest.raises(CancelledError), dice.borrowed():
        pass
    dice.reserved = False
    with dice.borrowed():
        pass
