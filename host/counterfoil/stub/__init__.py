"""What ``native.py`` runs. Standard library only, and little of it: a browser waits for its first answer."""
