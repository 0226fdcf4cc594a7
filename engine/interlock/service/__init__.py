"""The faces' common ground: loading a site whole, running it, asking and commanding by hand."""
