"""Each part of the stack as data: what to run, what it needs, how to tell that it is well."""
