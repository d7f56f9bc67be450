"""The sandbox: a made-up shop that sells around the clock, sent over HTTP like any retailer's, and made anew every night.

`shop` is what happens in it, minute by minute; `day` makes a night's new tenant and removes the last; ``python -m
ops.sandbox`` is the process.
"""
