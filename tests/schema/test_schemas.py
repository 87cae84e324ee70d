"""The schemas by another reader, without an editor."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from kerascfg.config.check import KEYS
from kerascfg.config.folders import shipped_conf
from kerascfg.model.check import _BLOCK_KEYS, _MODEL_KEYS
from tests.conf.files import FILES, ConfFile


@pytest.fixture(scope="module")
def problems(project: Path):
    """Validate a value by the schema of a group; return the messages."""
    folder = project / "conf" / ".schema"
    schemas = {f"file:///{f.relative_to(folder).as_posix()}": json.loads(f.read_text())
               for f in folder.rglob("*.json")}  # fmt: skip
    for schema in schemas.values():
        jsonschema.Draft7Validator.check_schema(schema)
    registry = Registry().with_resources(
        (uri, Resource.from_contents(schema)) for uri, schema in schemas.items()
    )

    def of(group: str, value: object) -> list[str]:
        reference = {"$ref": f"file:///{group}.json"}
        validator = jsonschema.Draft7Validator(reference, registry=registry)
        return [error.message for error in validator.iter_errors(value)]

    return of


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_shipped_file_names_and_meets_its_schema(problems, file: ConfFile):
    group = file.group or "config"
    up = "../" * len(file.path.relative_to(shipped_conf()).parent.parts)
    line = f"# yaml-language-server: $schema={up}.schema/{group}.json"
    assert line in file.text.splitlines()
    assert problems(group, yaml.safe_load(file.text)) == []


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("model", "layers: {c: {type: Conv2D, filterz: 3}}"),
        ("model", "layers: {c: {type: Conv2DD}}"),
        ("model", "layers: {c: {type: Conv2D, padding: sam}}"),
        ("model", "layers: {c: {type: Dense, units: many}}"),
        ("optimizer", "{type: SGD, momentun: 0.9}"),
        ("train", "epochs: many"),
        ("config", "optimiser: {type: SGD}"),
    ],
)
def test_a_mistake_is_found(problems, group: str, text: str):
    assert problems(group, yaml.safe_load(text))


def test_the_schemas_know_the_keys_that_the_check_knows(project: Path):
    shared = json.loads((project / "conf/.schema/definitions.json").read_text())["definitions"]
    assert shared["group.config"]["properties"].keys() == {*KEYS, "defaults"}
    assert shared["model"]["properties"].keys() == {*_MODEL_KEYS, "defaults"}
    assert shared["block"]["properties"].keys() == {*_BLOCK_KEYS, "defaults"}


def test_a_schema_stays_small_enough_to_load_at_once(project: Path):
    for file in (project / "conf" / ".schema").rglob("*.json"):
        assert file.stat().st_size < 2_000_000
