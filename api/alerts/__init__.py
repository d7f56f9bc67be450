"""``GET /v1/stock/alerts``: `alerts`, `alert_query`, then `risk_store` (`risk_reader`, `coalescing`) on the online store."""
