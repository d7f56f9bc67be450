"""The subcommands of ``aurora``. What takes long to import is imported by the command that needs it."""
