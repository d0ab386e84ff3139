"""The data of the sample legacy system: database, registers, master tables and addresses."""
