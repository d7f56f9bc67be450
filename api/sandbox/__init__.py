"""``GET /v1/sandbox``: the tenant that everybody may look at. `sandbox`, `sandbox_store`; `ops.sandbox` keeps it going."""
