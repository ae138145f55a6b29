"""`python -m sayso`."""

import sys

from sayso.commands.cli import main

sys.exit(main())
