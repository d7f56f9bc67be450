"""Alerts to programs: from Kafka to an outbox in the database (`alerts`, `outbox`), and from there to the endpoints."""
