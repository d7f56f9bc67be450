"""Who runs the command line, as the audit log names them."""

import getpass
import os

from api.audit.actor import Actor


def operator() -> Actor:
    """The account on this machine that runs the command."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return Actor("operator", name)
