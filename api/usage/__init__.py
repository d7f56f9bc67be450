"""How much a tenant uses: requests, events and alerts, by hour and by day.

Requests are counted in each process (`request_counts`) and added to the database every few seconds. Events and alerts are
counted from Kafka (`topic_counts`), each once. ``GET /v1/usage`` is `usage`, `usage_query`, `usage_paths`; `tables`.
"""
