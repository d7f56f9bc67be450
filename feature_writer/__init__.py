"""Takes predictions and the versions of models from Kafka to the Feast stores: the online one for the API, the offline one for data scientists."""
