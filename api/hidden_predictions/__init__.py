"""``/v1/predictions``: a tenant hides predictions, and has 30 days to restore them before they are purged."""
