"""``/v1/erasures``: what becomes of a customer who wants to be forgotten."""
