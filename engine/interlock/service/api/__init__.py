"""The HTTP API of a running service: the second door to the desk that the control socket stands at."""
