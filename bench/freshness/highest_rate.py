"""The highest rate that holds, by halving."""

from collections.abc import Callable


def highest_rate(holds: Callable[[float], bool], surely: float, hardly: float, within: float) -> float:
    """A rate that holds, of which one at most ``within`` higher does not; 0 where not even ``surely`` holds.

    ``hardly`` is taken not to hold until it was tried.
    """
    if not holds(surely):
        return 0.0
    if holds(hardly):
        return hardly
    while hardly - surely > within:
        middle = (surely + hardly) / 2
        if holds(middle):
            surely = middle
        else:
            hardly = middle
    return surely
