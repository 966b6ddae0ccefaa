"""How things go: numbers of the last weeks, as small charts."""
