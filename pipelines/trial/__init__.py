"""A trial with real applications before a form goes live."""
