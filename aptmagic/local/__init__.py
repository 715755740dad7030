"""A cloud for one machine: what AWS does for APT Magic, on 127.0.0.1 and under `.local/`."""
