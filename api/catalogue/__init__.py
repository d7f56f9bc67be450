"""What a tenant says of its SKUs."""
