"""What every page and API answer has in common: middleware, errors, cursors, context."""
