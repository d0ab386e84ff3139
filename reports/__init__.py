"""What the work was worth: hours saved, accuracy, throughput, and their exports. Stands on the store."""
