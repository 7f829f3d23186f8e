"""Everything anyone may do: load, ask core, append facts and plan work, in one transaction. Doors call these and nothing below."""
