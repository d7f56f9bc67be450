"""What may go wrong with a digest; by itself, since what it is raised by takes seconds to import."""


class DigestError(Exception):
    """It cannot be shown or sent; the message is one readable line."""
