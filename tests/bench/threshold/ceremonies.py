"""CPU per party and bytes per peer of key generation, resharing and signing, in one process.   DESIGN §13

The last row is a smoke test of flat time: how much the fastest run of a secret operation differs between
two extreme secrets. A data-dependent branch shows as tens of per cent; noise stays at a few.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

from counterfoil.crypto.scalar_rows import negated, parse_rows, reduced
from counterfoil.crypto.secp256k1 import N, Scalar
from counterfoil.threshold.ot import endemic, extension
from tests.fakes.ceremony import run
from tests.fakes.reshares import Case
from tests.fakes.vaults import keygen_machines, sign_machines, vault

Row = dict[str, float | str]


def rows(repeat: int = 30) -> dict[str, Row]:
    """p50 of ``repeat`` ceremonies (a tenth of that for key generation)."""
    outcome = run(sign_machines(vault(2, 2), (1, 2)))
    return {
        "sign 2/2, CPU per party": _milliseconds(lambda: _sign(2, 2), 2, repeat),
        "sign 2/3, CPU per party": _milliseconds(lambda: _sign(2, 3), 2, repeat),
        "sign 3/3": _milliseconds(lambda: _sign(3, 3), 3, repeat),
        "keygen 2/2, CPU per party": _milliseconds(lambda: run(keygen_machines(2, 2)), 2, max(3, repeat // 10)),
        "keygen 2/3": _milliseconds(lambda: run(keygen_machines(2, 3)), 3, max(3, repeat // 10)),
        "reshare 2/2 → 2/3": _milliseconds(_reshare, 3, max(3, repeat // 10)),
        "bytes per peer and signature": _row(round(outcome.bytes_sent(1, 2) / 1000, 1), "kB"),
        "share 2/2": _row(round(len(vault(2, 2)[1].encode()) / 1000, 1), "kB"),
        "flat time, worst difference": _row(round(max(_differences(repeat)), 1), "%"),
    }


def _reshare() -> None:
    outcome = Case(vault(2, 2), {1: 1, 2: 2}, 3, 2, label=os.urandom(8).hex()).run()
    assert len(outcome.results) == 3


def _sign(threshold: int, count: int) -> None:
    signers = tuple(range(1, threshold + 1))
    outcome = run(sign_machines(vault(threshold, count), signers, rng=os.urandom, digest=os.urandom(32)))
    assert len(outcome.results) == threshold


def _milliseconds(ceremony: Callable[[], object], parties: int, repeat: int) -> Row:
    ceremony()
    times = []
    for _ in range(repeat):
        start = process_time()
        ceremony()
        times.append((process_time() - start) * 1000 / parties)
    return _row(round(median(times), 2), "ms")


def _row(value: float, unit: str) -> Row:
    return {"value": value, "unit": unit, "better": "lower"}


def _differences(repeat: int) -> list[float]:
    small, large, point = Scalar.of_public(3), Scalar.of_public(N - 4), Scalar.of_public(5).point()
    zeros, ones = parse_rows(bytes(32 * 416)), parse_rows(b"\xff" * (32 * 416))
    transfers = [_transfer(delta) for delta in (bytes(16), b"\xff" * 16)]
    return [
        _difference(lambda: small * small, lambda: large * large, 40 * repeat),
        _difference(small.point, large.point, 10 * repeat),
        _difference(lambda: small.ecdh(point), lambda: large.ecdh(point), 10 * repeat),
        _difference(lambda: reduced(zeros + negated(zeros)), lambda: reduced(ones + negated(ones)), 5 * repeat),
        _difference(transfers[0], transfers[1], 3 * repeat),
    ]


def _transfer(delta: bytes) -> Callable[[], object]:
    sid, seeds = bytes(32), (os.urandom(2048), os.urandom(2048))
    bits = endemic.unpack_bits(delta)
    chosen = b"".join(seeds[bit][16 * k : 16 * k + 16] for k, bit in enumerate(bits))
    _, fields = extension.extend(sid, (memoryview(seeds[0]), memoryview(seeds[1])), os.urandom)
    message = (fields[0], fields[1], fields[2])
    return lambda: extension.check_and_extend(sid, memoryview(delta), memoryview(chosen), message)


def _difference(one: Callable[[], object], other: Callable[[], object], repeat: int) -> float:
    """Per cent between the fastest runs, measured in turns so that both meet the same machine."""
    best = [float("inf"), float("inf")]
    for _ in range(repeat):
        for k, action in enumerate((one, other)):
            start = perf_counter()
            action()
            best[k] = min(best[k], perf_counter() - start)
    return (max(best) / min(best) - 1) * 100


if __name__ == "__main__":
    print(json.dumps(rows()))
