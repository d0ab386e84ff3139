"""The browser: starting it, finding elements, acting on them, and noticing what happens in it."""
