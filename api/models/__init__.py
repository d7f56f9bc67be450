"""``/v1/models``: `models`, `model_query`, then `version_store` (`version_reader`, `version_pins`), `model_versions`."""
