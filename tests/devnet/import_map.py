"""npm packages in a page as they are: an import map from their own ``exports``, so that nothing has to bundle them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONDITIONS = ("browser", "import", "default")


def import_map(modules: Path, packages: list[str]) -> str:
    """JSON for ``<script type="importmap">`` on a server of ``modules`` (a node_modules folder) at its root.

    In: ``packages`` and all that they import; a package's own node_modules go before the common ones, as in Node
    """
    imports: dict[str, str] = {}
    scopes: dict[str, dict[str, str]] = {}
    for package in packages:
        imports.update(_entries(modules, modules / package, package))
        for nested in sorted((modules / package / "node_modules").glob("**/package.json")):
            inner = nested.parent.relative_to(modules / package / "node_modules").as_posix()
            if inner.count("/") == (1 if inner.startswith("@") else 0):
                scopes.setdefault(f"/{package}/", {}).update(_entries(modules, nested.parent, inner))
    return json.dumps({"imports": imports, "scopes": scopes})


def _entries(modules: Path, folder: Path, name: str) -> Iterator[tuple[str, str]]:
    exports: Any = json.loads((folder / "package.json").read_text()).get("exports", {})
    at = "/" + folder.relative_to(modules).as_posix()
    for entry, target in exports.items():
        file = _resolve(target)
        if file is not None and "*" not in entry:
            yield (name + entry.removeprefix(".")), at + file.removeprefix(".")


def _resolve(target: Any) -> str | None:
    if isinstance(target, dict):
        return next((found for c in CONDITIONS if (found := _resolve(target.get(c))) is not None), None)
    return target if isinstance(target, str) else None
