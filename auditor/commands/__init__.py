"""One module a command, named like it: the options, then what it does."""
