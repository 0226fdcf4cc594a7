"""Log lines: where they go, how they look, how much is logged, and how often one kind of line may come."""
