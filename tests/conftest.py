"""What every test has."""

from hypothesis import settings

# Timing decides no test: machines are shared, and the first example often imports what it needs.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
