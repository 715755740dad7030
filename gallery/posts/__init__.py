"""Posts: publishing, editing, deleting, and their public files."""
