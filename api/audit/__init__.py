"""Who changed what: an append-only log, a chain of entries for each tenant.

`audit_log` writes an entry (`chain`), in the transaction of the change that it tells of; `tables` holds them. `actor` is who
did it. ``GET /v1/audit``: `entries`, by `reading`, which also tells whether a chain is whole.
"""
