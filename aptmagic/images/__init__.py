"""Decoding untrusted images safely, and their placeholders."""
