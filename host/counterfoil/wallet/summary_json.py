"""Summaries at rest: kept beside the bytes for the list of past requests, never read back to decide anything."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from counterfoil.chains.family import Change, Finding, Level, Summary


def encode_summary(summary: Summary) -> dict[str, Any]:
    """JSON-safe; amounts as decimal text."""
    value = asdict(summary)
    value["fee_cap"] = str(summary.fee_cap)
    for change in value["changes"]:
        change["amount"] = None if change["amount"] is None else str(change["amount"])
    encoded: dict[str, Any] = json.loads(json.dumps(value))
    return encoded


def decode_summary(value: dict[str, Any]) -> Summary:
    """What ``encode_summary`` wrote."""
    changes = tuple(
        Change(**{**change, "amount": None if change["amount"] is None else int(change["amount"])})
        for change in value["changes"]
    )
    return Summary(
        **{
            **value,
            "changes": changes,
            "fee_cap": int(value["fee_cap"]),
            "details": tuple((label, text) for label, text in value["details"]),
            "findings": tuple(_finding(finding) for finding in value["findings"]),
            "refusal": _finding(value["refusal"]) if value["refusal"] else None,
        }
    )


def _finding(value: dict[str, Any]) -> Finding:
    return Finding(**{**value, "level": Level(value["level"])})
