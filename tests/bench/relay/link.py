"""What a hop costs over a relay on the loopback: a call and its answer, and a ceremony's three rounds without its mathematics."""

from __future__ import annotations

import asyncio
import json
from statistics import median
from time import perf_counter

from counterfoil.codecs.base64url import encode_base64url
from tests.unit.devices.scene import linked

ROUND_BYTES = (10_800, 40_196, 64)
"""One signer's messages to another in each round: threshold note 4.6."""


async def _measure(repeat: int) -> tuple[float, float]:
    rounds = [{"message": encode_base64url(bytes(size))} for size in ROUND_BYTES]
    async with linked() as (_, link, _, _):
        small, ceremony = [], []
        for _ in range(repeat):
            start = perf_counter()
            await link.call("ping", {})
            small.append(perf_counter() - start)
        for _ in range(repeat):
            start = perf_counter()
            for body in rounds:
                await link.call("round", body)
            ceremony.append(perf_counter() - start)
    return median(small) * 1000, median(ceremony) * 1000


def rows(repeat: int = 200) -> dict[str, dict[str, float | str]]:
    """p50 in milliseconds; both ends and the relay share one process and one core here."""
    call, ceremony = asyncio.run(_measure(repeat))
    return {
        "call over loopback relay": {"value": round(call, 2), "unit": "ms", "better": "lower"},
        "three rounds over loopback relay": {"value": round(ceremony, 2), "unit": "ms", "better": "lower"},
    }


if __name__ == "__main__":
    print(json.dumps(rows()))
