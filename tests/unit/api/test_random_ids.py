"""Random ids."""

import os
from uuid import RFC_4122, UUID

from api.random_ids import MADE_AT_ONCE, random_id


def test_each_is_another_uuid_of_version_4() -> None:
    ids = [random_id() for _ in range(3 * MADE_AT_ONCE)]
    assert len(set(ids)) == len(ids)
    assert all(str(UUID(each)) == each for each in ids)
    assert {(UUID(each).version, UUID(each).variant) for each in ids} == {(4, RFC_4122)}


def test_every_bit_but_those_of_the_version_and_the_variant_is_random() -> None:
    ids = [UUID(random_id()).int for _ in range(200)]
    always_set, ever_set = ids[0], 0
    for each in ids:
        always_set, ever_set = always_set & each, ever_set | each
    assert (always_set ^ ever_set).bit_count() == 122


def test_a_child_process_does_not_repeat_those_of_its_parent() -> None:
    random_id()
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(there, random_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(here, 36).decode() != random_id()
    os.close(here)
    os.close(there)
