"""Thinknx servers: the driver ``thinknx-local`` and a server that speaks their protocol."""
