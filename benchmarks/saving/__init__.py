"""Ways to save: the matrix of ways, delays, faults and kills."""
