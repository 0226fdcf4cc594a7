"""The door through which other processes of the same user act on a service that runs."""
