"""Makes a template out of what is printed on an empty form, shares it, and compares editions."""
