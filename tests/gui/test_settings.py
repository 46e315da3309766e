from dataclasses import replace

from PySide6.QtCore import QSettings

from sslstudio.gui.settings import SettingsFile, WindowSettings


def opened(path):
    return SettingsFile(QSettings(str(path), QSettings.Format.IniFormat))


def test_all_values_come_back_from_the_file(tmp_path):
    path = tmp_path / "window.ini"
    wanted = WindowSettings(
        mode="dark",
        geometry=b"\x00\x01\xff",
        library_width=240,
        library_shown=False,
        inspector_width=310,
        page="explore",
        recipe_json='{"name": "SimCLR, süß"}',
        data_source="shapes",
    )
    opened(path).write(wanted)
    assert opened(path).read() == wanted


def test_a_new_file_gives_the_defaults(tmp_path):
    assert opened(tmp_path / "none.ini").read() == WindowSettings()


def test_a_value_that_cannot_be_read_counts_as_not_set(tmp_path):
    path = tmp_path / "window.ini"
    opened(path).write(replace(WindowSettings(), page="train"))
    text = path.read_text(encoding="utf-8")
    text = text.replace("library_width=203", "library_width=wide")
    path.write_text(text.replace("mode=system", "mode=purple"), encoding="utf-8")
    read = opened(path).read()
    assert read == replace(WindowSettings(), page="train")
