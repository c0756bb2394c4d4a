"""What every command has: a screen, a keyboard, a connection to the agent, exit codes."""
