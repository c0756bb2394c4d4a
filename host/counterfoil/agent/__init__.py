"""The agent: one per home; owns the database, one share per vault, and every decision."""
