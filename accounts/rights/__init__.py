"""What somebody may ask of us about their data: to have it, to bring it back, to have it gone."""
