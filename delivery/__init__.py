"""Takes what Aurora has to tell to those who asked for it: alerts to programs by `webhooks`, and
each morning a digest to people by `digest`, which `mail` hands to a mail server.

One process runs all of it, as tasks of one event loop over the accounts database. Each task bears what it depends on
being away, so that a database or a Kafka that comes back finds it waiting.
"""
