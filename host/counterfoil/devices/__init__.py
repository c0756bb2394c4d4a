"""Other parties: pairing, the sealed channel, and the client of the relay."""
