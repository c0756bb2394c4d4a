"""Photographs the real wallet into ``docs/screens``: ``python -m tests.screens [FOLDER]``; ``./scripts/screens`` calls it."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.devnet.anvil import Anvil
from tests.e2e.browser import REPOSITORY, Browser
from tests.screens.camera import Camera
from tests.screens.scenes import Scenes

OUT = REPOSITORY / "docs" / "screens"
INTRODUCTION = """\
# Screens

The wallet as it is, photographed by `./scripts/screens` in a real browser with a real companion, co-signer and chain.
Each screen in light and dark, and at 200 % zoom in the same window. `-long` stands for texts that a hostile site would send.
"""


def main() -> None:
    """All pictures, and the index beside them."""
    parser = argparse.ArgumentParser(prog="./scripts/screens", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=OUT)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as place,
        sync_playwright() as playwright,
        Anvil() as node,
        Browser(playwright, profile=Path(place) / "profile", home=Path(place) / "home") as browser,
    ):
        camera = Camera(folder, browser.visit("about:blank"))
        try:
            Scenes(browser, node, camera, Path(place)).all()
        finally:
            index(folder, camera)
    total = sum(path.stat().st_size for path in folder.glob("*.png"))
    print(f"{len(list(folder.glob('*.png')))} pictures, {total / 1000:.0f} kB, in {folder}")


def index(folder: Path, camera: Camera) -> None:
    """README.md: a row for each screen."""
    lines = [INTRODUCTION, "| screen | light | dark | light, 200 % | dark, 200 % |", "|---|---|---|---|---|"]
    for name, pictures in camera.taken.items():
        cells = " | ".join(f'<img src="{picture.name}" alt="{picture.stem}" width="180">' for picture in pictures)
        lines.append(f"| {name} | {cells} |")
    (folder / "README.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
