"""``GET /v1/status`` and ``/metrics``: `status`, `status_board`, `health`, `consumer_lag`; `exposition`, `metrics`,
`pipeline_metrics`.
"""
