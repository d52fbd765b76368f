"""What `torii plugin test` reports is read by what others read such reports with."""

import json
import re
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest
from conftest import REPOSITORY, need, run
from junitparser import JUnitXml
from tap.parser import Parser

BAD = {"failed", "crashed", "hung", "blocked"}
# What could not be asked because of another fault is no case of its own in JUnit, where every failure is counted.
UNASKED = {"skipped", "blocked"}


class Reports:
    """One run of the suite on a library, and its reports."""

    def __init__(self, installation, folder, source):
        library = folder / f"lib{source.stem}.so"
        run(
            "cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-I", installation.prefix / "share/torii/sdk/C/include", "-I",
            REPOSITORY / "Tests/Plugins", f"-Wl,--version-script={installation.prefix}/share/torii/sdk/C/plugin.map",
            "-DVERSION=\"1 <&> # 2\"", "-o", library, source)
        options = []
        for name, file in (("junit", "report.xml"), ("json", "report.json"), ("badge", "badge.svg")):
            options += [f"--{name}", folder / file]
        ran = installation.run(
            "torii", "plugin", "test", library, "--tap", "--only", "^(file|load)\\.", "--deadline", "60s", *options, check=False)
        installation.run(
            "torii", "plugin", "test", library, "--only", "file.elf", "--badge", folder / "badge.json", check=False)
        self.exit_code, self.tap, self.folder = ran.returncode, ran.stdout, folder
        self.json = json.loads((folder / "report.json").read_text())
        self.checks = {check["name"]: check for check in self.json["checks"]}


@pytest.fixture(scope="module")
def sound(installation, tmp_path_factory):
    need("cc")
    return Reports(installation, tmp_path_factory.mktemp("sound"), REPOSITORY / "Tests/Plugins/stamp.c")


@pytest.fixture(scope="module")
def defective(installation, tmp_path_factory):
    need("cc")
    return Reports(installation, tmp_path_factory.mktemp("defective"), REPOSITORY / "Tests/PluginHostTests/Fixtures/described.c")


@pytest.fixture(params=["sound", "defective"])
def reports(request):
    return request.getfixturevalue(request.param)


def test_the_reports_tell_of_a_defect_and_of_none(sound, defective):
    assert not [name for name, check in sound.checks.items() if check["verdict"] in BAD]
    found = {name for name, check in defective.checks.items() if check["verdict"] == "failed"}
    assert found == {"load.other-major", "load.texts"}
    assert (sound.exit_code, defective.exit_code) == (0, 1)


def test_tap_is_read_by_tap_py(reports):
    lines = list(Parser().parse_text(reports.tap))
    assert [line.expected_tests for line in lines if line.category == "plan"] == [len(reports.checks)]
    tests = [line for line in lines if line.category == "test"]
    assert [test.number for test in tests] == list(range(1, len(reports.checks) + 1))
    assert [str(line) for line in lines if line.category == "unknown"] == []
    assert all(test.yaml_block["verdict"] for test in tests if not test.ok)
    for test, (name, check) in zip(tests, reports.checks.items()):
        assert f"{name}:" in test.description
        assert test.ok == (check["verdict"] not in BAD)
        assert test.skip == (check["verdict"] == "skipped")


def test_junit_is_read_by_junitparser(reports):
    document = JUnitXml.fromfile(str(reports.folder / "report.xml"))
    cases = {case.name.split()[-1]: case for suite in document for case in suite}
    assert set(cases) == set(reports.checks)
    for name, check in reports.checks.items():
        found = {type(result).__name__ for result in cases[name].result}
        if check["verdict"] in BAD - UNASKED:
            assert found & {"Failure", "Error"}, name
        elif check["verdict"] in UNASKED:
            assert found == {"Skipped"}, name
        else:
            assert not found & {"Failure", "Error", "Skipped"}, name
    assert document.tests == len(reports.checks)
    assert document.failures + document.errors == len(
        [c for c in reports.checks.values() if c["verdict"] in BAD - UNASKED])


def test_json_is_what_its_schema_says(reports, installation):
    schema = json.loads((installation.prefix / "share/torii/sdk/Documentation/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(reports.json, schema, cls=jsonschema.Draft202012Validator)
    # Nothing is reported that the schema does not know.
    assert set(reports.json) == set(schema["properties"])
    assert set(reports.json["checks"][0]) == set(schema["properties"]["checks"]["items"]["properties"])
    broken = {**reports.json, "library_sha256": "x"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema, cls=jsonschema.Draft202012Validator)


def test_the_badge_is_a_picture_without_anything_active(reports):
    root = ElementTree.parse(reports.folder / "badge.svg").getroot()
    namespace = "{http://www.w3.org/2000/svg}"
    assert root.tag == namespace + "svg" and re.fullmatch(r"\d+", root.get("width")) and root.get("height") == "20"
    tags = {element.tag.removeprefix(namespace) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "rect", "path", "g", "text"}
    texts = [element.text for element in root.iter(namespace + "text")]
    assert texts == [f"Torii plugin ABI {reports.json['abi_version']}", "incomplete"]
    assert reports.json["library_sha256"] in root.find(namespace + "desc").text


def test_the_badge_for_a_badge_service_is_one(reports):
    """https://shields.io/badges/endpoint-badge: schemaVersion 1, label, message, a colour by name."""
    badge = json.loads((reports.folder / "badge.json").read_text())
    assert badge["schemaVersion"] == 1 and badge["label"].startswith("Torii plugin ABI ")
    assert badge["message"] == "incomplete" and badge["color"] in {"brightgreen", "green", "yellow", "red"}
