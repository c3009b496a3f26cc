"""A camera analysed while it films: each newest frame as a pose in metres, without waiting for later frames."""
