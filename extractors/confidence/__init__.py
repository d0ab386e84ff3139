"""From features to a calibrated probability, and from probabilities to who has to look."""
