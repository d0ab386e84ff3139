"""Templates as one signed file, to be given to another municipality and looked at before it is installed."""
