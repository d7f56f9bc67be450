"""What Flink's own tool says of a configuration, as arguments for ``java``."""

import shlex
from pathlib import Path

import pytest

from ops.parts.flink_jvm import PYFLINK, TASKMANAGER, write_arguments
from ops.parts.part import MissingProgram

pytestmark = pytest.mark.service

CONFIGURATION = """
jobmanager: {rpc: {address: 127.0.0.1}}
taskmanager: {memory: {process: {size: %s}}}
env: {java: {opts: {all: -Done=1 -Dtwo=2, jobmanager: -Dthree=3}}}
"""


def arguments(folder: Path, memory: str, *options: str) -> list[str]:
    """As ``java`` reads them."""
    conf, file = folder / "the conf", folder / "arguments"
    conf.mkdir()
    (conf / "config.yaml").write_text(CONFIGURATION % memory)
    write_arguments(file, TASKMANAGER, conf, PYFLINK / "lib", options)
    return shlex.split(file.read_text())


def test_the_jvm_is_given_its_memory_its_options_and_its_jars(tmp_path: Path) -> None:
    words = arguments(tmp_path, "2048m")
    before, settings = (
        words[: words.index(TASKMANAGER.main_class)],
        words[words.index(TASKMANAGER.main_class) :],
    )
    assert any(word.startswith("-Xmx") for word in before)
    assert {"-Done=1", "-Dtwo=2"} <= {*before} and "-Dthree=3" not in words
    jars = before[before.index("-classpath") + 1].split(":")
    assert Path(jars[-1]).name.startswith("flink-dist") and all(Path(jar).exists() for jar in jars)
    assert any(word.startswith("taskmanager.memory.managed.size=") for word in settings)
    # a folder with a blank in its name is one word
    assert settings[-2:] == ["--configDir", str(tmp_path / "the conf")]


def test_an_option_counts_for_more_than_the_configuration(tmp_path: Path) -> None:
    words = arguments(tmp_path, "2048m", "-D", "taskmanager.memory.process.size=3600m")
    assert words[-2:] == ["-D", "taskmanager.memory.process.size=3600m"]
    (heap,) = [int(word.removeprefix("-Xmx")) for word in words if word.startswith("-Xmx")]
    assert heap > 1_000 * 1024 * 1024


def test_a_configuration_that_flink_does_not_take_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MissingProgram, match="^Flink does not take its configuration: [^\n]+$"):
        arguments(tmp_path, "10m")
