"""Those who look on while a service works: they count, and tell others, and hold nothing up."""
