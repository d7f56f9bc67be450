"""Alembic's migrations of the accounts database."""
