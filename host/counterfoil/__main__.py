"""``counterfoil`` and ``python -m counterfoil``: the command line."""

from __future__ import annotations

import importlib


def main() -> None:
    """Run ``cli.main.main``; it is imported only now, so that importing this costs nothing."""
    importlib.import_module("counterfoil.cli.main").main()


if __name__ == "__main__":
    main()
