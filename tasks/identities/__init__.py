"""Who and what is the same across articles: `identify(names, around, user_list, earlier)`."""

from sayso.tasks.identities.clusters import Kept
from sayso.tasks.identities.identify import Earlier, Identity, identify
from sayso.tasks.identities.linker import Decision
from sayso.tasks.identities.names import Name
from sayso.tasks.identities.userlist import LIST_FILE, UserList, load_list

__all__ = [
    "LIST_FILE",
    "VERSION",
    "Decision",
    "Earlier",
    "Identity",
    "Kept",
    "Name",
    "UserList",
    "identify",
    "load_list",
]

VERSION = 1  # raise it when the same names would be linked otherwise
