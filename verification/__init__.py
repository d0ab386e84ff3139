"""The web app: board, verifying, exceptions, reports, users. Stands on the store; knows no reader and no bot."""
