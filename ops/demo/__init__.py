"""The demonstration: real sales, replayed through the public API as if they happened now."""
