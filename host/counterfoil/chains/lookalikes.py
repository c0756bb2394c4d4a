"""Names that look like other names: compared by their skeletons, as a hurried eye would.   Unicode TS #39, in the small"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = str.maketrans(
    {
        "0": "o", "1": "l", "i": "l", "!": "l", "|": "l", "5": "s", "$": "s", "3": "e", "€": "e",
        "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "н": "h", "і": "l", "ј": "j", "к": "k", "м": "m", "о": "o",
        "р": "p", "ѕ": "s", "т": "t", "у": "y", "х": "x",
        "α": "a", "β": "b", "ε": "e", "η": "h", "ι": "l", "κ": "k", "μ": "m", "ν": "v", "ο": "o", "ρ": "p", "τ": "t",
        "υ": "y", "χ": "x", "ω": "w",
    }
)  # fmt: skip


def skeleton(name: str) -> str:
    """Letters and digits alone, without marks and case, each letter that looks like another as that one."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(char for char in plain.translate(_ALIKE) if char.isalnum())


def imitated(name: str, known: Iterable[str]) -> str | None:
    """The first known name that ``name`` is, or looks like."""
    wanted = skeleton(name)
    return next((other for other in known if skeleton(other) == wanted), None) if wanted else None
