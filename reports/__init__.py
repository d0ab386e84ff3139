"""Reports: hours saved, accuracy, throughput, and their exports. Imports the store."""
