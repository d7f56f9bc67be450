"""The HTTP service: takes events in, answers alert queries."""
