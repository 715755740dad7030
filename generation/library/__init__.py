"""The pictures people own: files, listing, metadata, import."""
