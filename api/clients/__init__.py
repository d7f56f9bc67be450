"""A tenant's clients, as its own admins look after them: ``/v1/clients``. What a client is, is in `api.access.clients`."""
