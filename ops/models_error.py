"""What may go wrong with the versions of models; by itself, since what it is raised by takes seconds to import."""


class ModelsError(Exception):
    """What was asked cannot be done; the message is one readable line."""
