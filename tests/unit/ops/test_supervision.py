"""Supervisord reads its file as we mean it, whatever a path or an argument holds."""

import shlex
from configparser import RawConfigParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from supervisor.datatypes import dict_of_key_value_pairs
from supervisor.options import expand

from ops.parts.part import IN_THE_BACKGROUND, Part, nothing
from ops.settings import UNWELCOME, StackSettings
from ops.supervision import configuration

# what a stack's settings let through
TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x7E, exclude_characters="".join(UNWELCOME)), max_size=30
)


def read(settings: StackSettings, part: Part) -> dict[str, str]:
    """The part's section as supervisord reads it: with inline comments, and with its percent expansions."""
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(configuration(settings, [part]))
    return {key: expand(value, {}, key) for key, value in parser[f"program:{part.name}"].items()}


@given(arguments=st.lists(TEXT, max_size=4))
def test_arguments_reach_the_program_unchanged(arguments: list[str]) -> None:
    part = Part(name="one", command=("program", *arguments), check=nothing)
    assert shlex.split(read(StackSettings(), part)["command"]) == ["program", *arguments]


def test_a_part_that_nobody_waits_for_steps_back() -> None:
    part = Part(name="one", command=("program",), check=nothing, nice=IN_THE_BACKGROUND)
    assert shlex.split(read(StackSettings(), part)["command"]) == ["nice", "-n", "5", "program"]


@given(values=st.dictionaries(st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), TEXT, max_size=4))
def test_the_environment_reaches_the_program_unchanged(values: dict[str, str]) -> None:
    part = Part(name="one", command=("program",), check=nothing, environment=values)
    assert dict_of_key_value_pairs(read(StackSettings(), part)["environment"]) == values


def test_a_part_is_restarted_after_a_crash_but_starts_only_when_told() -> None:
    section = read(StackSettings(), Part(name="one", command=("program",), check=nothing))
    assert (section["autostart"], section["autorestart"]) == ("false", "true")
    assert (section["stopasgroup"], section["killasgroup"]) == ("true", "true")


def test_the_log_is_where_the_stack_says(tmp_path: Path) -> None:
    settings = StackSettings(folder=tmp_path)
    section = read(settings, Part(name="one", command=("program",), check=nothing))
    assert section["stdout_logfile"] == str(tmp_path / "logs" / "one.log")
    assert section["redirect_stderr"] == "true"
