"""The process ends quietly, also while a job computes that cannot be stopped."""

import subprocess
import sys

STUBBORN = """
import sys, threading
import torch
from sslstudio.gui.app import leave

begun = threading.Event()

def compute():
    weights = torch.rand(600, 600, requires_grad=True)
    while True:
        begun.set()
        (weights @ weights).sum().backward()

threading.Thread(target=compute, daemon=True).start()
begun.wait()
sys.exit(leave(3, all_ended=False))
"""


def test_a_job_in_torch_does_not_abort_the_process():
    command = [sys.executable, "-c", STUBBORN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == ""


def test_a_quiet_window_leaves_the_usual_way():
    from sslstudio.gui.app import leave

    assert leave(0, all_ended=True) == 0
