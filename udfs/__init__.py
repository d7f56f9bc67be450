"""Aurora's heart: the ledger, the demand, the risk and the alerts of one SKU in one warehouse.

Plain Python with no Flink in it, so the stream job and a replay of history run the same code. Read in this order:
`combined` (what comes in), `ledger` (stock), `demand` (pace), `inbound` (what is on its way), `risk` (when it runs out,
with `passage` and `calibration`), `alerting` (what is told), `snapshots` (what is learned from), `sku_state` (what is
kept), `sku_risk` (how they work together). Beside them `learner` learns a tenant's `risk_parameters` from labels, and
`replay` takes history through all of it.
"""
