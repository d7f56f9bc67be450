"""``POST /v1/ingest/events``, in the order in which a batch meets the modules.

`events`, `gateway`, `event_lines` (`turns`, `usual_events`, `event_rules`, `event_fields`, `pii`, `order_event`),
`event_log` (`transactions`), `receipts` (`receipt_book`).
"""
