"""Row ``prepare + summarise, offline``: from a page's request to words and digest.   DESIGN §13, target 5 ms"""

from __future__ import annotations

import json
from statistics import median
from time import perf_counter

from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.kinds import FAMILY
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, FACTS, SPENDER, USDC
from tests.unit.chains.typed_samples import permit

APPROVE = "0x" + encode_call("approve(address,uint256)", bytes.fromhex(SPENDER[2:]), 2**256 - 1).hex()
REQUESTS = (
    ("eth_sendTransaction", [{"from": ACCOUNT, "to": SPENDER, "value": "0xde0b6b3a7640000"}]),
    ("eth_sendTransaction", [{"from": ACCOUNT, "to": USDC, "data": APPROVE}]),
    ("eth_signTypedData_v4", [ACCOUNT, json.dumps(permit())]),
)


def rows(repeat: int = 200) -> dict[str, dict[str, float | str]]:
    """p50 in milliseconds of the slowest of the requests, libraries loaded before."""
    return {
        "prepare + summarise, offline": {
            "value": round(max(_time(method, params, repeat) for method, params in REQUESTS), 3),
            "unit": "ms",
            "better": "lower",
        }
    }


def _time(method: str, params: object, repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = perf_counter()
        kind, intent = FAMILY.read_request(ETHEREUM, ACCOUNT, method, params)
        unsigned = FAMILY.prepare(ETHEREUM, ACCOUNT, kind, intent, FACTS)
        FAMILY.summarize(ETHEREUM, ACCOUNT, kind, unsigned)
        FAMILY.digests(ETHEREUM, kind, unsigned)
        times.append((perf_counter() - start) * 1000)
    return median(times)


if __name__ == "__main__":
    print(json.dumps(rows()))
