"""When a quiet SKU is looked at again, so that its risk follows the clock though nothing happens to it."""

from zlib import crc32


def next_refresh_ms(key: str, now_ms: int, period_ms: int) -> int:
    """The key's next moment after ``now_ms``, at most a period away, epoch milliseconds.

    Each key has its own place in the period, always the same, so that the work of many keys spreads evenly.
    """
    place = crc32(key.encode()) % period_ms
    return now_ms + period_ms - (now_ms - place) % period_ms
