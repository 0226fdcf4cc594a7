"""What ties a service to the machine that it runs on: its unit, its signals, its lock."""
