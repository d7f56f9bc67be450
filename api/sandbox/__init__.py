"""The sandbox tenant, which is made anew every night."""
