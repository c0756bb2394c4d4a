"""The mailbox server: it moves sealed boxes and knows no key and no name."""
