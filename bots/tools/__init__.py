"""What people start by hand: checking, recording and exporting, and the command line."""
