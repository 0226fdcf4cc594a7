"""Webhooks: who may set one off, and what the body of its request says."""
