"""Passkeys: what the standard asks of a relying party, and the stricter rules of DESIGN §6."""
