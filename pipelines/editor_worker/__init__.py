"""What the editor of templates asks of the side that knows pixels, done in a process of its own."""
