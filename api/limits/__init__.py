"""How many requests a tenant may make, over all processes, and what the operator sets of it.

A request meets `admission`, then `rate_limit`, which spends what this process holds of the tenant's tokens (`leases`).
More of them come from the bucket that all processes share in Redis (`shared_buckets`), or from this process's share of it
while Redis is away (`local_shares`, `processes`). ``/v1/tenants/{tenant_id}/limits`` is `limits`, `tenant_limits`, `tables`.
"""
