"""``/v1/settings``: `tenant_settings`, `setting_query`, then `setting_store` over `tables`.

`setting` is what a level may set, `effective` what holds for a SKU by all levels, `setting_records` what the stream is
told, and `retention` what Kafka is.
"""
