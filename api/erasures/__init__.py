"""``/v1/erasures``: a customer of a tenant wants to be forgotten.

All that Aurora has of a customer is a keyed hash in the events, so in the tenant's topic and, of an event that could not be
read, in the dead letters. Kafka takes nothing out of the midst of a log; it forgets by age. An erasure tells by when, and
looks until nothing from before it is there: `erasures`, `erasure_watch` (`event_age`), `tables`, `erasure_paths`.
"""
