"""The worker's entry, run by its path: puts the package on the path first (isolated mode knows only the library)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from counterfoil.agent.ceremony.worker import main

main()
