"""Alerts to programs, in the order of a message's way:

* from Kafka into the outbox in the database: `alerts`, `outbox`
* its turn at an endpoint: `worker`, `endpoint`, `lane`, `slots`
* a try: `target`, `signing`, `sending`
* what follows: `retries`, `recorder`, `notices` (`notice_letter`), `counts`
"""
