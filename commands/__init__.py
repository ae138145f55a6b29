"""What `sayso` prints: one module a command, `cli` for the arguments."""
