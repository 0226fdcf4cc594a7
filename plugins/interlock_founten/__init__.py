"""Founten thermostats: the driver ``founten``, by HTTPS to a site's api.cgi."""
