"""``/v1/digests``: who gets the planner's morning letter (`recipients`, `recipient_store` over `tables`), and the links
in letters, by which people say yes or no themselves (`letter_links`, `link_tokens`). `delivery.digest` sends it."""
