"""The JSON Schema of the whole wire, and its hash, by which client and agent know that they mean the same."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from counterfoil import PROTOCOL_VERSION
from counterfoil.protocol.event import EVENTS
from counterfoil.protocol.model import Message
from counterfoil.protocol.stub import STUB_EVENTS, STUB_METHODS
from counterfoil.protocol.wire import METHODS, Call, Cancel, Event, Failure, Reply


class _Schema(GenerateJsonSchema):
    """Without a title at every field: they repeat the name and make aliases."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's signature
        return False


@cache
def wire_schema() -> dict[str, Any]:
    """Definitions of all messages, and which of them each method and event takes."""
    models: dict[type[Message], None] = dict.fromkeys((Call, Cancel, Event, Failure, Reply))
    for method in METHODS.values():
        models |= dict.fromkeys((method.params, method.result))
    for params, result in STUB_METHODS.values():
        models |= dict.fromkeys((params, result))
    models |= dict.fromkeys((*EVENTS.values(), *STUB_EVENTS.values()))
    _, schema = models_json_schema([(model, "validation") for model in models], schema_generator=_Schema)
    return {
        "protocol": PROTOCOL_VERSION,
        "methods": {
            name: {
                "params": method.params.__name__,
                "result": method.result.__name__,
                "roles": sorted(method.roles),
                "unlocked": method.unlocked,
                "long": method.long,
            }
            for name, method in METHODS.items()
        },
        "stub_methods": {n: {"params": p.__name__, "result": r.__name__} for n, (p, r) in STUB_METHODS.items()},
        "events": {name: model.__name__ for name, model in (EVENTS | STUB_EVENTS).items()},
        "definitions": schema["$defs"],
    }


@cache
def schema_sha256() -> str:
    """Hash of the schema in one spelling, without its prose."""
    text = json.dumps(_without_prose(wire_schema()), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_prose(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return {key: _without_prose(value) for key, value in node.items() if not _is_prose(key, value)}
    return [_without_prose(item) for item in node] if isinstance(node, list) else node


def _is_prose(key: str, value: object) -> bool:
    """A field may be called description too; its value is a schema, not a text."""
    return key == "description" and isinstance(value, str)
