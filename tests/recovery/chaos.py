"""The long form, bounded and random by a seed that is printed.

::

    PYTHONPATH=tests python -m recovery.chaos [--seed N] [--minutes 30] [--old-events 200000] [--only TEXT]... [--json FILE]

Every fault and every ordeal once, in an order of the seed's, then two faults at once, over and over, until the time is
up. All happens under the load of one shop of which one SKU takes 30 % of all events. Exit code 1 where something does not
hold, 2 where the time was too short for each to have its turn.
"""

import argparse
import json
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from recovery import trial
from recovery.faults import KILLS, PARTS, SINGLE, Fault, frozen, together, wiped_redis
from recovery.ordeals import Ordeal, ordeals
from recovery.scene import Scene, opened
from recovery.tills import Pace
from rich.console import Console
from rich.table import Table

LOAD = Pace(hot=0.3)
SHOWN = 3
console = Console(width=150, highlight=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asks for."""

    seed: int
    minutes: float
    old_events: int
    only: tuple[str, ...]
    json: Path | None


Turn = tuple[str, Callable[[Scene], trial.Result]]


def main(argv: list[str] | None = None) -> int:
    """Run, print as it goes, and return the exit code."""
    plan = parsed(argv)
    console.print(f"seed {plan.seed}")
    end = time.monotonic() + 60 * plan.minutes
    results: list[trial.Result] = []
    left = dict(turns(plan))
    with opened(plan.seed, LOAD) as scene:
        try:
            for name, turn in chain(turns(plan), pairs(plan)):
                if time.monotonic() > end:
                    break
                results.append(turn(scene))
                left.pop(name, None)
                _tell(results[-1])
            with scene.quiet():
                lost = scene.miscounted(scene.shop)
        except Exception as error:
            # what was found until then is worth as much
            console.print_exception()
            lost = [f"it could not go on: {type(error).__name__}: {error}"]
    console.print(table(results))
    for line in lost[:SHOWN]:
        console.print(line)
    if left:
        console.print(f"no time for: {', '.join(left)}")
    if plan.json is not None:
        plan.json.write_text(json.dumps(_report(plan, results, lost, [*left]), indent=2) + "\n")
    if lost or not all(each.holds for each in results):
        return 1
    return 2 if left else 0


def turns(plan: Plan) -> list[Turn]:
    """Each fault and each ordeal that is asked for, in an order of the seed's."""
    all_of_it: list[Turn] = [(fault.name, partial(_struck, fault)) for fault in SINGLE]
    all_of_it += [(ordeal.name, partial(_undergone, ordeal)) for ordeal in ordeals(plan.old_events)[:-2]]
    random.Random(plan.seed).shuffle(all_of_it)
    # to two slots and back, one after the other
    all_of_it += [(ordeal.name, partial(_undergone, ordeal)) for ordeal in ordeals(plan.old_events)[-2:]]
    return [turn for turn in all_of_it if _is_asked_for(plan, turn[0])]


def _is_asked_for(plan: Plan, name: str) -> bool:
    return not plan.only or any(text in name for text in plan.only)


def pairs(plan: Plan) -> Iterator[Turn]:
    """Two faults at once, for ever; none where only some faults are asked for."""
    chance = random.Random(plan.seed)
    single = [*KILLS, wiped_redis(), *map(frozen, PARTS)]
    while not plan.only:
        pair = together(*chance.sample(single, 2))
        yield pair.name, partial(_struck, pair)


def table(results: list[trial.Result]) -> Table:
    """One row a trial."""
    columns = ("fault", "recovery s", "limit s", "events", "wrong", "missing", "doubled", "silence s", "")
    found = Table(*columns)
    for each in results:
        found.add_row(
            each.name,
            "-" if each.recovery_s is None else f"{each.recovery_s:.1f}",
            f"{each.limit_s:.0f}",
            f"{each.events:,}",
            *(str(len(lines)) for lines in (each.wrong, each.missing, each.doubled)),
            f"{each.silence_s:.1f}",
            "" if each.holds else "does not hold",
        )
    return found


def _struck(fault: Fault, scene: Scene) -> trial.Result:
    return trial.run(scene, fault)


def _undergone(ordeal: Ordeal, scene: Scene) -> trial.Result:
    return trial.judged(scene, ordeal.name, lambda: ordeal.undergo(scene), ordeal.limit_s, ordeal.silences)


def _tell(result: trial.Result) -> None:
    recovery = "not in time" if result.recovery_s is None else f"{result.recovery_s:.1f} s"
    console.print(f"{result.name}: {'holds' if result.holds else 'does not hold'}, recovery {recovery}")
    for lines in (result.wrong, result.missing, result.doubled):
        for line in lines[:SHOWN]:
            console.print(f"    {line}")
        if len(lines) > SHOWN:
            console.print(f"    and {len(lines) - SHOWN} more")


def _report(plan: Plan, results: list[trial.Result], lost: list[str], left: list[str]) -> dict[str, object]:
    return {
        "seed": plan.seed,
        "load_average": os.getloadavg(),
        "cores": os.cpu_count(),
        "trials": [each.record for each in results],
        "events_not_once_in_the_log": lost,
        "no_time_for": left,
    }


def parsed(argv: list[str] | None) -> Plan:
    """The plan of a command line. Exits with code 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m recovery.chaos", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--minutes", type=float, default=30.0, help="no trial begins after this")
    parser.add_argument("--old-events", type=int, default=200_000, help="of the history behind live traffic")
    parser.add_argument(
        "--only",
        metavar="TEXT",
        action="append",
        default=[],
        help="only faults and ordeals with this in their name; may be given several times",
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = vars(parser.parse_args(argv))
    plan = Plan(**{**given, "only": tuple(given["only"])})
    if not turns(plan):
        parser.error(f"nothing has {' or '.join(plan.only)} in its name")
    return plan


if __name__ == "__main__":
    # told to end, it takes its stack down as after an error
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
