"""Tables made from tables: what follows from the collected facts."""
