"""A back-test: what Aurora would have said over a retailer's own history, and how right it would have been.

Read in this order: `event_columns` (what an event log must hold), `parquet_log` and `ndjson_log` (how it is read),
`event_log` (the log by grid hour), `run` (the answers), `outcomes` (what happened next), `scores` and its
neighbours (how good the answers were), `report` (the page that shows it).
"""
