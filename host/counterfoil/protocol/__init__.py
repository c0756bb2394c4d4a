"""Every message between the agent and its clients, a namespace a file; the only definition of the wire."""
