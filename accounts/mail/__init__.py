"""E-mails: queued, rendered, delivered once, and unsubscribed from."""
