"""What `make bench` measures and how it tells: figures, plots, processes, peers, and the two parts, the bus and the way in."""
