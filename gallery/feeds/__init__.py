"""Lists of posts, and the filters that apply to them."""
