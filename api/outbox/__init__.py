"""Records for Kafka that belong to a change in the database: both are there, or neither.

`outbox` puts a record beside the change, in its transaction; `relay` brings records to Kafka and then removes them. One
process at a time does so (`lease`), whichever. `tables` holds what waits.
"""
