import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.workshop import install, open_workshop, write_json


def folder(place, content):
    place.mkdir(parents=True)
    (place / "model").write_text(content, encoding="utf-8")
    return place


def test_a_workshop_is_removed_in_the_end(tmp_path):
    with open_workshop(tmp_path) as workshop:
        folder(workshop / "litert", "half")
    assert not workshop.exists()


def test_a_workshop_is_removed_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="oops"), open_workshop(tmp_path) as workshop:
        raise ValueError("oops")
    assert not workshop.exists()


def test_two_exports_in_one_run_do_not_meet(tmp_path):
    with (
        open_workshop(tmp_path),
        pytest.raises(RunError, match="another export is at work"),
        open_workshop(tmp_path),
    ):
        pass
    with open_workshop(tmp_path):
        pass


def test_what_a_killed_export_left_is_swept_up(tmp_path):
    folder(tmp_path / ".exporting" / "17" / "litert" / "artefact", "half")
    with open_workshop(tmp_path) as workshop:
        assert list(workshop.iterdir()) == []


def test_a_delivery_that_a_killed_export_was_replacing_goes_back(tmp_path):
    folder(tmp_path / ".exporting" / "17" / "litert" / "replaced", "old")
    (tmp_path / "exports").mkdir()
    with open_workshop(tmp_path):
        pass
    assert (tmp_path / "exports" / "litert" / "model").read_text(encoding="utf-8") == "old"


def test_a_new_delivery_replaces_the_old(tmp_path):
    place = folder(tmp_path / "exports" / "litert", "old")
    install(folder(tmp_path / "work" / "artefact", "new"), place)
    assert (place / "model").read_text(encoding="utf-8") == "new"


def test_an_old_delivery_stays_where_the_new_one_cannot_be_placed(tmp_path, monkeypatch):
    place = folder(tmp_path / "exports" / "litert", "old")
    made = folder(tmp_path / "work" / "artefact", "new")
    rename = type(made).rename

    def fail(self, target):
        if self == made:
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(type(made), "rename", fail)
    with pytest.raises(OSError, match="no space left"):
        install(made, place)
    assert (place / "model").read_text(encoding="utf-8") == "old"


def test_json_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"a": 1})
    with pytest.raises(TypeError):
        write_json(file, {"a": object()})
    assert file.read_text(encoding="utf-8") == '{\n  "a": 1\n}\n'
    assert list(tmp_path.iterdir()) == [file]
