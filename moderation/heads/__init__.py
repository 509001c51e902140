"""Two learned heads: is this text harmful, and is harm asked for. Scored with numpy alone."""
