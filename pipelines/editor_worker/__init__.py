"""Image processing for the template editor, in a process of its own."""
