"""Who changed what: an append-only log, a chain of entries for each tenant.

`audit_log` writes an entry, in the transaction of the change that it tells of; `tables` holds them. `actor` is who did it.
"""
