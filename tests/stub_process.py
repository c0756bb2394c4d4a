"""The stub as a browser starts it: by path, isolated, with pipes."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import counterfoil

NATIVE = Path(counterfoil.__file__).parent / "native.py"
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop/"
HELLO = {"protocols": [1], "client": "browser", "version": "0", "schema_sha256": None, "profile": None}


def frame(message) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("=I", len(body)) + body


class StubProcess:
    """Use as a context manager: ends with its input."""

    def __init__(self, home: Path, *arguments: str):
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(NATIVE), *(arguments or (EXTENSION,))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "COUNTERFOIL_HOME": str(home)},
        )

    def send(self, message) -> None:
        self.send_bytes(frame(message))

    def send_bytes(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self):
        header = self.process.stdout.read(4)
        if not header:
            return None
        (size,) = struct.unpack("=I", header)
        return json.loads(self.process.stdout.read(size))

    def call(self, call_id, method, params):
        self.send({"id": call_id, "method": method, "params": params})
        return self.read()

    def hello(self):
        return self.call(0, "agent_hello", HELLO)

    def finish(self) -> int:
        self.process.stdin.close()
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
