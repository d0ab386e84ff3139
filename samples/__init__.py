"""Sample forms, sample people, their handwriting, the scans made of them, and a sample legacy system."""
