"""The configuration room: `aegis.toml` to frozen values. Errors name file, line, column and the nearest right
spelling."""
