"""From features to a calibrated probability, and from probabilities to the decision who must check a reading."""
