"""Who is the same person across articles: `identify(appearances, around, user_list)`."""

from sayso.tasks.identities.appearances import Appearance
from sayso.tasks.identities.identify import Identity, identify
from sayso.tasks.identities.userlist import LIST_FILE, UserList, load_list

__all__ = ["LIST_FILE", "Appearance", "Identity", "UserList", "identify", "load_list"]
