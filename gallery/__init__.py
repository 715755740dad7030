"""What people share: posts, feeds, likes, notifications and public profiles."""
