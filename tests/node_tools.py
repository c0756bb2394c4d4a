"""npm's packages as judges: where they are, and how to ask one of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def node_modules() -> Path:
    """COUNTERFOIL_NODE_MODULES, or the repository's own folder."""
    return Path(os.environ.get("COUNTERFOIL_NODE_MODULES", REPOSITORY / "node_modules"))


def node_package(name: str) -> Path:
    """The folder of an installed package; the test is skipped, loudly, without it."""
    path = node_modules() / name
    if not path.is_dir():
        pytest.skip(f"NOT TESTED: the npm package {name} is not installed (npm ci, or COUNTERFOIL_NODE_MODULES)")
    return path


def ask_node(script: str, question: object) -> Any:
    """What a CommonJS script answers: it reads JSON from its input and writes JSON."""
    beside = Path(sys.executable).parent / "node"
    node = str(beside) if beside.is_file() else shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: there is no node")
    prelude = "const read = () => JSON.parse(require('fs').readFileSync(0, 'utf8'));\n"
    answer = subprocess.run(
        [node, "-e", prelude + script],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
        timeout=60,
        cwd=node_modules().parent,
    )
    if answer.returncode:
        raise AssertionError(answer.stderr.decode()[-2000:])
    return json.loads(answer.stdout)
