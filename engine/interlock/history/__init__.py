"""The journal: what was read, decided, sent and answered, kept so that it can be explained."""
