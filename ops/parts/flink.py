"""A Flink session cluster from the jars of the pip package: one JobManager, TaskManagers of one slot each."""

import os
import shutil
import string
import sys
from datetime import timedelta
from pathlib import Path

from ops.flink_rest import FlinkAway, FlinkRest
from ops.parts import flink_jvm
from ops.parts.flink_jvm import PYFLINK
from ops.parts.part import IN_THE_BACKGROUND, MissingProgram, Part, Unhealthy
from ops.settings import PROJECT, StackSettings

JOBMANAGER = "flink-jobmanager"
TASKMANAGER = "flink-taskmanager"
UDFS_JAR = PROJECT / "udfs" / "jvm" / "target" / "aurora-udfs.jar"
CONFIGURATION = PROJECT / "flink-conf"
# a TaskManager that was killed stays registered until its heartbeats are missed
LONGEST_SILENCE = timedelta(seconds=10)
START_LIMIT = timedelta(minutes=3)


def jobmanager(settings: StackSettings) -> Part:
    """The JobManager, with Flink's REST API and web UI."""
    return Part(
        name=JOBMANAGER,
        command=("java", f"@{_arguments(settings, JOBMANAGER)}"),
        environment=environment(settings, JOBMANAGER),
        check=lambda: _check_jobmanager(settings.flink_url),
        prepare=lambda: prepare(settings),
        start_limit=START_LIMIT,
    )


def taskmanagers(settings: StackSettings) -> list[Part]:
    """The TaskManagers. Each has one slot: the Python threads of two slots would share one interpreter lock."""
    return [
        _taskmanager(settings, f"{TASKMANAGER}-{number}") for number in range(1, settings.task_managers + 1)
    ]


def _taskmanager(settings: StackSettings, name: str) -> Part:
    return Part(
        name=name,
        command=(
            *("java", f"@{_arguments(settings, name)}"),
            *("-D", f"taskmanager.resource-id={name}"),
            *_memory(settings),
        ),
        needs=(JOBMANAGER,),
        prepare=lambda: _write_arguments(settings, name, flink_jvm.TASKMANAGER, _memory(settings)),
        nice=IN_THE_BACKGROUND,
        environment=environment(settings, name),
        check=lambda: _check_taskmanager(settings.flink_url, name),
        start_limit=START_LIMIT,
    )


def _memory(settings: StackSettings) -> tuple[str, ...]:
    size = settings.task_manager_memory_mib
    return () if size is None else ("-D", f"taskmanager.memory.process.size={size}m")


def _arguments(settings: StackSettings, name: str) -> Path:
    return _folder(settings) / "conf" / f"{name}.arguments"


def _write_arguments(
    settings: StackSettings, name: str, jvm: flink_jvm.FlinkJvm, options: tuple[str, ...] = ()
) -> None:
    file = _arguments(settings, name)
    flink_jvm.write_arguments(file, jvm, file.parent, _folder(settings) / "lib", options)


def environment(settings: StackSettings, process: str) -> dict[str, str]:
    """What Flink and its scripts read. The Python that user code runs in is found by the PATH, so ours comes first."""
    folder = _folder(settings)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_PLUGINS_DIR": str(PYFLINK / "plugins"),
        "FLINK_LOG_DIR": str(settings.logs),
        "FLINK_IDENT_STRING": process,
    }


def checkpoints(settings: StackSettings) -> Path:
    """Where the cluster writes checkpoints and savepoints."""
    return _folder(settings) / "checkpoints"


def configuration(settings: StackSettings) -> str:
    """Flink's ``config.yaml``: the project's template with this stack's folder and ports."""
    template = string.Template((CONFIGURATION / "config.yaml").read_text())
    first = settings.flink_metrics_port
    return template.substitute(
        flink_port=settings.flink_port,
        flink_rpc_port=settings.flink_rpc_port,
        metrics_ports=f"{first}-{first + settings.task_managers}",
        folder=_folder(settings),
        checkpoints=checkpoints(settings).as_uri(),
        python=sys.executable,
    )


def prepare(settings: StackSettings) -> None:
    """Lay out the cluster's own configuration and its folder of jars. Raises `MissingProgram`."""
    connector = sorted((settings.lib / "flink").glob("*.jar"))
    if shutil.which("java") is None or not connector or not UDFS_JAR.exists():
        raise MissingProgram(
            "Java, Flink's Kafka connector or the project's own jar is missing; run `make setup`."
        )
    folder = _folder(settings)
    for each in ("conf", "lib", "tmp", "checkpoints"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    settings.logs.mkdir(exist_ok=True)
    # logging as Flink ships it, unless the project says otherwise
    for source in (*(PYFLINK / "conf").glob("log*"), *CONFIGURATION.iterdir()):
        shutil.copyfile(source, folder / "conf" / source.name)
    (folder / "conf" / "config.yaml").write_text(configuration(settings))
    # own links instead of the pip package's folder: with flink-python in opt, the second job of a TaskManager fails
    jars = [
        *(PYFLINK / "lib").glob("*.jar"),
        *(PYFLINK / "opt").glob("flink-python*.jar"),
        *connector,
        UDFS_JAR,
    ]
    _link(jars, folder / "lib")
    _write_arguments(settings, JOBMANAGER, flink_jvm.JOBMANAGER)


def _link(jars: list[Path], folder: Path) -> None:
    for old in folder.iterdir():
        old.unlink()
    for jar in jars:
        (folder / jar.name).symlink_to(jar)


def _folder(settings: StackSettings) -> Path:
    return settings.folder / "flink"


def _check_jobmanager(url: str) -> None:
    try:
        FlinkRest(url).jobs()
    except FlinkAway as error:
        raise Unhealthy(f"no answer: {error}") from error


def _check_taskmanager(url: str, name: str) -> None:
    try:
        silence = FlinkRest(url).silence_of_task_managers().get(name)
    except FlinkAway as error:
        raise Unhealthy(f"the JobManager does not answer: {error}") from error
    if silence is None:
        raise Unhealthy("not registered with the JobManager")
    if silence > LONGEST_SILENCE:
        raise Unhealthy(f"the JobManager has not heard of it for {silence.seconds} s")
