"""What a tenant sets."""
