"""What each figure should be, on two cores, p50 unless the name says otherwise."""

from __future__ import annotations

TARGETS: dict[str, tuple[float, str]] = {
    "stub hello, cold": (60, "ms"),
    "extension → agent → back": (1.5, "ms"),
    "call → window painted": (300, "ms"),
    "approve → hash, virtual person": (500, "ms"),
    "assertion verify": (1, "ms"),
    "injected per page, gzip": (4, "kB"),
    "agent memory": (150, "MB"),
    "sign 2/2, CPU per party": (10, "ms"),
    "sign 3/3": (25, "ms"),
    "keygen 2/3": (200, "ms"),
    "reshare 2/2 → 2/3": (250, "ms"),
    "sign over loopback relay, wall": (60, "ms"),
    "bytes per peer and signature": (55, "kB"),
    "prepare + summarise, offline": (5, "ms"),
}
