"""Characters that make a text look like another one, made visible."""

from __future__ import annotations

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_ALSO_HIDDEN = frozenset(
    "\u115f\u1160\u3164\uffa0\u2800\u034f"
)  # drawn as nothing, though they count as letters or marks
_LINES = frozenset("\n\t")


def is_hidden(char: str) -> bool:
    """Control, bidirectional, zero-width and other characters that show as nothing or reorder their neighbours."""
    return unicodedata.category(char) in _HIDDEN_CATEGORIES or char in _ALSO_HIDDEN


def has_hidden(text: str) -> bool:
    """Whether ``text`` has a hidden character, new lines and tabs aside. The joiner inside an emoji counts: better seen than not."""
    return any(is_hidden(char) and char not in _LINES for char in text)


def visible(text: str, *, lines: bool = False) -> str:
    """``text`` with each hidden character as ``⟨U+202E⟩``; ``lines`` keeps new lines and tabs as they are."""
    kept = _LINES if lines else frozenset()
    return "".join(f"⟨U+{ord(char):04X}⟩" if is_hidden(char) and char not in kept else char for char in text)
