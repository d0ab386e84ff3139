"""Where the rooms meet: settings, the steps of a sheet's journey, Prefect flows, the command line."""
