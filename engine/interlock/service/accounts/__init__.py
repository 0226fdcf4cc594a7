"""What a running service tells of its site: its points, its rules, its connections, and itself."""
