"""Which writing a person should read first. It orders a reading list; it assesses nobody."""
