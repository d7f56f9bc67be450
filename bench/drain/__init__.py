"""How fast the risk job drains a backlog, beside what other engines need for a simpler job. See ``python -m bench.drain -h``."""
