"""Virtual time: the same engine on a clock that jumps."""
