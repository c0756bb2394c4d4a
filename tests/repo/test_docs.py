"""Documents point at things that are there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.repo.tree import REPOSITORY, files, name

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower().strip())
    return kept.replace(" ", "-")


def test_links_lead_somewhere() -> None:
    broken = []
    for page in files(".md"):
        for target in LINK.findall(FENCE.sub("", page.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            aim = (page.parent / path).resolve() if path else page
            if not aim.exists() or (fragment and fragment not in anchors(aim)):
                broken.append(f"{name(page)}: {target}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(FENCE.sub("", page.read_text()))}


def test_scripts_named_in_documents_exist() -> None:
    named = {
        (name(page), found)
        for page in files(".md")
        for found in re.findall(r"\./(scripts/\w+)", page.read_text())
        if not (REPOSITORY / found).is_file()
    }
    assert named == set()


def test_scripts_can_be_run() -> None:
    scripts = [path for path in files() if path.parent == REPOSITORY / "scripts" and not path.suffix]
    assert [name(path) for path in scripts if not path.stat().st_mode & 0o111] == []
    assert [name(path) for path in scripts if not path.read_text().startswith("#!/usr/bin/env ")] == []
