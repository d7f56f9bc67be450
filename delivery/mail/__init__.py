"""Letters to people, by whatever mail server the deployment names."""
