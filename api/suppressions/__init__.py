"""``/v1/suppressions``: `suppressions`, `suppression_rows` (CSV in), `suppression_file` (CSV out), then
`suppression_store` over `tables`, whose buckets `bucket_changes` works out."""
