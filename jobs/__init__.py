"""The Flink jobs: each module wires sources, operators and sinks; what is computed lives in `udfs`."""
