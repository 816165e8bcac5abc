"""scripts/coverage.py: which module a file belongs to, and what counts as fallen."""

import importlib.util
import pathlib

SCRIPT = pathlib.Path(__file__).parents[1] / "coverage.py"
spec = importlib.util.spec_from_file_location("coverage_table", SCRIPT)
coverage = importlib.util.module_from_spec(spec)
spec.loader.exec_module(coverage)


def test_files_are_added_up_by_the_targets_folder():
    measured = [
        (pathlib.Path("Bus/Calls/Link.swift"), 100, 90),
        (pathlib.Path("Bus/Wire/Bytes.swift"), 100, 70),
        (pathlib.Path("Services/ServiceA/Rules/Create.swift"), 10, 10),
    ]
    assert coverage.modules(measured) == {"Bus": (200, 160), "ServiceA": (10, 10)}


def test_a_module_has_fallen_by_more_than_the_tolerance(capsys):
    before = {"Bus": (1000, 900), "Audit": (1000, 900)}
    assert coverage.report({"Bus": (1000, 889), "Audit": (1000, 891)}, before) == ["Bus"]
    said = capsys.readouterr().out
    assert "FALLEN" in said and "89.0%" in said


def test_a_new_module_and_one_that_grew_with_its_tests_have_not_fallen():
    assert coverage.report({"New": (10, 0), "Bus": (2000, 1800)}, {"Bus": (1000, 900)}) == []


def test_what_is_kept_is_what_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "KEPT", tmp_path / "coverage.tsv")
    assert coverage.kept() == {}
    coverage.keep({"Bus": (1000, 900), "Audit": (3, 1)})
    assert coverage.kept() == {"Bus": (1000, 900), "Audit": (3, 1)}
