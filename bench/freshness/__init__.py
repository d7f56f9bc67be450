"""How long an accepted event takes to change an answer, while the whole stack on this machine is under load.

`shop` is what is sold, `load` and `probes` what a process of its own (`generator`) asks of the API, `gauges` what is read of
the stack meanwhile, `run` brings them together, `verdict` judges, `highest_rate` looks for the highest rate that holds, and
`report` prints.
"""
