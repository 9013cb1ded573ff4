"""Schema migrations, one folder a store."""
