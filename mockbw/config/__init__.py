"""The configuration: settings of a server and its accounts, from file, environment and flags."""
