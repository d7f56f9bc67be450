"""Operating Aurora on one machine: its processes, their health, and the command line that drives them."""
