"""Problems of the service, reported on the board, by mail, and to a webhook inside the network."""
