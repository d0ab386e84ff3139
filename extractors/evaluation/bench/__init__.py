"""How fast reading is, and where its time and memory go."""
