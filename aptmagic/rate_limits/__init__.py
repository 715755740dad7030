"""Rate limits, and the backends that count."""
