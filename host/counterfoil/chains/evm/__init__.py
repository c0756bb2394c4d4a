"""Ethereum and its likes: `kinds.FAMILY` answers for them, `client.EvmClient` asks their nodes."""
