"""Edits of a site's files: noticed, and taken over by the service that runs."""
