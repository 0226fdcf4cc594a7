"""From jinja2 to typed, indexed, fast conditions with three-valued truth. The only importer of jinja2."""
