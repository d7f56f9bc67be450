"""Headers that tell a browser to do nothing with an answer but show it."""

CONTENT_SECURITY_POLICY = b"content-security-policy"

ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# an answer with a page in it brings its own
NO_PAGE = (CONTENT_SECURITY_POLICY, b"default-src 'none'; frame-ancestors 'none'")


def with_security(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The answer's headers, and those that it lacks."""
    for name, _ in headers:
        if name == CONTENT_SECURITY_POLICY:
            return [*headers, *ALWAYS]
    return [*headers, *ALWAYS, NO_PAGE]
