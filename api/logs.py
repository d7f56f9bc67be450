"""Structured logs: one JSON object a line on standard output, with the request's id where there is one."""

import logging
import sys
from collections.abc import Callable

import msgspec
import structlog

SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(level: str) -> None:
    """Send our log lines and those of the libraries to standard output; called once, when the process starts."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_library_formatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)


def _library_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(lambda *line, **options: _to_json(*line, **options).decode()),
        ],
    )


def _to_json(line: object, default: Callable[[object], object] = repr, **_: object) -> bytes:
    return msgspec.json.encode(line, enc_hook=default)
