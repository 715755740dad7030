"""Date and time formats for each language, where they differ from Django's."""
