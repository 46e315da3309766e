"""`stop` ends a run that another process trains."""

import json

from sslstudio.services.runs.folder import RunFolder
from tests.cli.test_command_line import SMALL, call, printed, start_training, wait_for


def test_a_run_of_another_process_is_stopped_with_a_checkpoint_also_while_it_is_paused(
    tmp_path, capsys
):
    child = start_training(tmp_path / "run", 100_000)
    wait_for(child, "stepped", 2)
    folder = RunFolder(tmp_path / "run")
    folder.ask("pause")
    assert call("stop", tmp_path / "run", "--json") == 0
    (result,) = printed(capsys)
    assert result["outcome"] == "stopped"
    assert result["checkpoints"][-1] == result["steps"] > 0
    rest = child.communicate()[0].splitlines()
    assert child.returncode == 130
    assert json.loads(rest[-1])["outcome"] == "stopped"
    assert not folder.is_alive()


def test_a_run_that_is_not_trained_is_left_as_it_is(tmp_path, capsys):
    arguments = ["train", "simclr", "--data", "digits", "--steps", 2, *SMALL]
    assert call(*arguments, "--out", tmp_path / "run") == 0
    before = (tmp_path / "run" / "events.jsonl").read_bytes()
    capsys.readouterr()
    assert call("stop", tmp_path / "run") == 0
    assert "Nothing to stop" in capsys.readouterr().out
    assert (tmp_path / "run" / "events.jsonl").read_bytes() == before
    assert call("stop", "no-such-run") == 2
