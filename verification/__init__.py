"""The web app: board, verifying, exceptions, reports, users. Imports the store; imports no reader and no bot."""
