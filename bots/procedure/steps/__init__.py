"""What each kind of step does in the browser."""
