"""What is the matter with the service, told on the board, by mail, and to a webhook inside the network."""
