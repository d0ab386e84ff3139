"""What the sample legacy system stores and knows."""
