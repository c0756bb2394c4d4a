"""Use cases, a verb a file; they reach the world only through the ports they are given."""
