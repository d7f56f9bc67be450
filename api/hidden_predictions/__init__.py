"""``/v1/predictions``: a tenant deletes predictions, and has 30 days to restore them before they are purged.

`hidden_predictions`, `deletion_query`, then `deletion_store` (`deletion`, `tables`), which tells the readers by Redis at
once, and everyone by the topic prediction-deletions; `purge` at the end. `prediction_paths` is the OpenAPI part.
"""
