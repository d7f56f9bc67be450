"""``/v1/tenants``: the operator makes, suspends, exports and removes tenants; the command line does so by the same code.

`tenants` (`tenant_request`, `tenant_query`, `tenant_answers`, `tenant_problems`), then `provisioning`, which runs what
`opening` and `closing` are made of: `steps`, kept by `operations`. They reach Kafka by `at_kafka` (`topic_access`,
`tenant_records`) and the database by `tenant_rows`. `known_tenants` are those that there are. `archive` is what is exported
(`exported_tables`, `zip_stream`). `tenant_paths` and `tenant_forms` are the OpenAPI part.
"""
