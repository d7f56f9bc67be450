"""The JVMs that Flink's processes are: their arguments, worked out before they are started.

Flink's own scripts start three JVMs one after the other, only to read the configuration, before the one that is wanted; and
again each time that a killed process comes back. Here Flink's own tool is asked once, and what it says is kept in a file of
arguments for ``java``.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyflink
import yaml

from ops.parts.part import MissingProgram

PYFLINK = Path(pyflink.__file__).parent
TOOL = "org.apache.flink.runtime.util.bash.BashJavaUtils"
ANSWER = "BASH_JAVA_UTILS_EXEC_RESULT:"


@dataclass(frozen=True, slots=True)
class FlinkJvm:
    """A kind of process."""

    name: str
    """As ``env.java.opts`` has it."""
    main_class: str
    question: str
    """For its sizes of memory, to Flink's tool."""


JOBMANAGER = FlinkJvm(
    "jobmanager",
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    "GET_JM_RESOURCE_PARAMS",
)
TASKMANAGER = FlinkJvm(
    "taskmanager", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", "GET_TM_RESOURCE_PARAMS"
)


def write_arguments(file: Path, jvm: FlinkJvm, conf: Path, lib: Path, options: Sequence[str] = ()) -> None:
    """Write all that ``java`` must be told; more options of Flink may follow behind.

    ``conf`` has Flink's configuration, ``lib`` its jars, and ``options``, as in ``-D key=value``, count for more than it. Raises
    `MissingProgram` where Flink's tool gives no answer, with what it says instead.
    """
    jars = _class_path(lib)
    sizes, settings = _memory(jvm, jars, conf, options)
    words = (
        *(*sizes, *_java_options(jvm, conf)),
        f"-Dlog4j.configurationFile={(conf / 'log4j-console.properties').as_uri()}",
        *("-classpath", ":".join(map(str, jars)), jvm.main_class),
        *(*settings, "--configDir", str(conf), *options),
    )
    file.write_text("".join(f"{_quoted(word)}\n" for word in words))


def _class_path(lib: Path) -> list[Path]:
    """Flink's own jar goes last, as its scripts have it."""
    return sorted(lib.glob("*.jar"), key=lambda jar: (jar.name.startswith("flink-dist"), jar.name))


def _memory(
    jvm: FlinkJvm, jars: Sequence[Path], conf: Path, options: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The JVM's sizes, and the same as settings of Flink."""
    class_path = f"{PYFLINK / 'bin' / 'bash-java-utils.jar'}:{jars[-1]}"
    command = ("java", "-classpath", class_path, TOOL, jvm.question, "--configDir", str(conf), *options)
    done = subprocess.run(command, capture_output=True, text=True)
    answers = [line.removeprefix(ANSWER) for line in done.stdout.splitlines() if line.startswith(ANSWER)]
    if done.returncode or len(answers) != 2:
        said = (done.stderr or done.stdout).strip().splitlines()[:1] or ["nothing"]
        raise MissingProgram(f"Flink does not take its configuration: {said[0]}")
    sizes, settings = answers
    return sizes.split(), settings.split()


def _java_options(jvm: FlinkJvm, conf: Path) -> list[str]:
    loaded: dict[str, Any] = yaml.safe_load((conf / "config.yaml").read_text())
    options: dict[str, str] = loaded["env"]["java"]["opts"]
    return [word for name in ("all", jvm.name) for word in options.get(name, "").split()]


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
