"""Where stages run: `Executor.map(stages, items)`; `Processes` on this machine's cores, `Here` in this process."""

from sayso.tasks.executors.here import Here
from sayso.tasks.executors.processes import Processes
from sayso.tasks.executors.protocol import Executor, Failure, StageError

__all__ = ["Executor", "Failure", "Here", "Processes", "StageError"]
