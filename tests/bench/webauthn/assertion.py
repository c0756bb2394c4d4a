"""Row ``assertion verify``: what a party spends on a passkey's answer.   DESIGN §13, target 1 ms"""

from __future__ import annotations

import json
from statistics import median
from time import perf_counter

from counterfoil.webauthn.assertion import verify_assertion
from tests.unit.webauthn.scene import EXPIRES, NOW, Scene


def rows(repeat: int = 300) -> dict[str, dict[str, float | str]]:
    """p50 in milliseconds, libraries loaded before."""
    scene = Scene()
    passkey = scene.enrol()
    answer, expected = scene.touch(passkey), scene.expected(passkey)
    times = []
    for _ in range(repeat):
        start = perf_counter()
        verify_assertion(answer, expected=expected, now=NOW, expires_at=EXPIRES)
        times.append((perf_counter() - start) * 1000)
    return {"assertion verify": {"value": round(median(times), 3), "unit": "ms", "better": "lower"}}


if __name__ == "__main__":
    print(json.dumps(rows()))
