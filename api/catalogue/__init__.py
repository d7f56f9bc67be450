"""``/v1/catalogue``: which category and brand a SKU has; `catalogue`, `catalogue_lines`, then `catalogue_store`."""
