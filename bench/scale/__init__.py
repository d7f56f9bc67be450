"""What the risk job's state costs as it grows. See ``python -m bench.scale -h``."""
