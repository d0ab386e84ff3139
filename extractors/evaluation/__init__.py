"""How well reading is done, against the truth and beside the plain recogniser."""
