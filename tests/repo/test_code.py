"""Rules for the host's code that no linter holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.tree import HOST, files, name

MONEY = ("chains", "codecs", "policy.py", "permissions.py", "types.py")
DOCUMENTED = ("chains", "codecs", "threshold", "webauthn")
CODE = [path for path in files(".py") if path.is_relative_to(HOST)]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def public_functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child
        elif isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public_functions(child)


def is_near_money(path: Path) -> bool:
    room = path.relative_to(HOST)
    return room.parts[0] in MONEY and room.name != "client.py"


def test_no_float_near_money() -> None:
    """Amounts are integers in the smallest unit: no conversion, no literal, no true division."""
    found = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in CODE
        if is_near_money(path)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.expr) and makes_a_float(node)
    ]
    assert found == []


def makes_a_float(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="float")):
            return True
        case ast.Constant(value=float()):
            return True
        case ast.BinOp(op=ast.Div()):
            return not _joins_paths(node)
    return False


def _joins_paths(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str)) for s in sides
    )


@pytest.mark.parametrize("room", DOCUMENTED)
def test_public_functions_say_what_they_guarantee(room: str) -> None:
    bare = [
        f"{name(path)}:{function.lineno}: {function.name}"
        for path in CODE
        if path.is_relative_to(HOST / room)
        for function in public_functions(parsed(path))
        if not ast.get_docstring(function)
    ]
    assert bare == []


def test_vectors_named_in_docstrings_exist() -> None:
    root = HOST.parents[1]
    missing = []
    for path in CODE:
        for line in path.read_text().splitlines():
            if line.strip().startswith("Vectors:"):
                named = [word.strip(",;.()") for word in line.split() if word.startswith("tests/")]
                missing += [f"{name(path)}: {word}" for word in named if not any(root.glob(word.rstrip("/")))]
    assert missing == []


def test_nothing_unfinished_is_left() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Error")
    found = [f"{name(path)}: {word}" for path in files(".py", ".js") for word in words if word in path.read_text()]
    assert found == []
