"""What the process itself arranges before torch is loaded."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
import sslstudio.__main__ as program
loaded = []
program.start = lambda _arguments: loaded.append("torch" in sys.modules) or 7
try:
    program.main()
except SystemExit as end:
    print(os.environ["GOMP_SPINCOUNT"], loaded, end.code)
"""


@pytest.mark.parametrize(("chosen", "expected"), [(None, "1000"), ("50", "50")])
def test_threads_that_wait_give_way_unless_the_user_wants_otherwise(chosen, expected):
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    if chosen is not None:
        environment["GOMP_SPINCOUNT"] = chosen
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == f"{expected} [False] 7"
