"""Sites and drivers to start from."""
