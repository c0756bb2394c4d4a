from __future__ import annotations

import importlib.util
import json
import subprocess
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from counterfoil import errors
from counterfoil.protocol import schema as schema_module
from counterfoil.protocol.event import EVENTS
from counterfoil.protocol.schema import schema_sha256, wire_schema
from counterfoil.protocol.wire import METHODS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def generator():
    path = str(ROOT / "scripts/generate_protocol")
    spec = importlib.util.spec_from_loader("generate_protocol", SourceFileLoader("generate_protocol", path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_written_follows_from_the_models(generator):
    stale = [path.name for path, text in generator.outputs().items() if path.read_text() != text]
    assert stale == [], "run scripts/generate_protocol"


def test_check_says_which_file_is_stale(generator, monkeypatch, tmp_path, capsys):
    path = tmp_path / "protocol.js"
    monkeypatch.setattr(generator, "outputs", lambda: {path: "new"})
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    assert generator.main(["--check"]) == 1 and not path.exists()
    assert "protocol.js is out of date" in capsys.readouterr().out
    assert generator.main([]) == 0 and path.read_text() == "new"
    assert generator.main(["--check"]) == 0


def test_the_extension_holds_the_hash_that_the_agent_expects():
    assert f'SCHEMA_SHA256 = "{schema_sha256()}"' in (ROOT / "extension/generated/protocol.js").read_text()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "date"},
        {"type": "integer", "multipleOf": 2},
        {"type": "number"},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"allOf": []},
        {"type": "array", "prefixItems": []},
        {"$ref": "#/$defs/A", "minLength": 1},
        {},
    ],
)
def test_a_keyword_that_no_check_enforces_stops_the_generator(generator, schema):
    with pytest.raises((generator.UnsupportedKeywordError, KeyError)):
        generator.check_of(schema)


def test_a_message_with_a_default_or_open_to_more_fields_stops_the_generator(generator):
    fields = {"a": {"type": "string"}}
    for wrong in (
        {"type": "object", "properties": fields, "additionalProperties": False},
        {"type": "object", "properties": fields, "required": ["a"], "additionalProperties": True},
    ):
        with pytest.raises(generator.UnsupportedKeywordError):
            generator.typedef("A", wrong)


def test_the_hash_leaves_prose_out_and_nothing_else():
    strip = schema_module._without_prose
    schema = {"description": "words", "properties": {"description": {"type": "string", "description": "x"}}}
    assert strip(schema) == {"properties": {"description": {"type": "string"}}}


def test_every_method_and_event_is_in_the_schema_under_its_own_name():
    schema = wire_schema()
    named = {row[part] for row in schema["methods"].values() for part in ("params", "result")}
    assert set(schema["methods"]) == set(METHODS) and set(EVENTS) < set(schema["events"])
    assert named <= set(schema["definitions"]), "two messages share a name"
    assert all(name.isidentifier() for name in schema["definitions"])


def test_error_codes_are_unique_and_never_change(generator):
    kinds = generator.error_classes()
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes))
    assert errors.FrameTooLarge.code == 1007 and errors.NotPaired.code == 2007 and errors.AgentUnreachable.code == 4005


def test_the_checks_in_the_extension_agree_with_ajv():
    if not (ROOT / "node_modules/ajv").exists():
        pytest.skip("LOUD: node_modules is missing: the extension's checks are not compared with ajv")
    done = subprocess.run(
        ["node", "--test", "tests/js/protocol.test.js"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_schema_for_javascript_is_json_that_round_trips():
    assert json.loads((ROOT / "tests/vectors/protocol/schema.json").read_text()) == wire_schema()
