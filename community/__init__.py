"""The wall: where members write to one another."""
