"""What `sayso` prints: one module a command, `cli` for what they share."""
