"""The command line: a command a file, and what they share in ``terminal``, ``browsers`` and ``checks``."""
