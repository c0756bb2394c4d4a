"""Where an agent lives: its folders and socket, and how it is started. Standard library only: the stub needs it."""
