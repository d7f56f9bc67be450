"""Making, suspending, exporting and removing tenants."""
