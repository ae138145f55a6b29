"""The exit codes of `sayso`."""

EXIT_DONE = 0
EXIT_REJECTED = 1  # some inputs were rejected, or something failed
EXIT_USAGE = 2
EXIT_BUSY = 3  # another run holds the lake's lock
EXIT_INTERRUPTED = 130
