"""One file for each peer: the shortest use of it that its own documentation shows. They run in the peers' environments."""
