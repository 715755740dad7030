"""The monthly AWS bill, computed from prices and from what infra/ declares."""
