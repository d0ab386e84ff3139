"""What the benchmark runs share: offices, crowds, scripted people, damaged files."""
