"""What was measured of the models: one figure a module, each with a panel a model or a group of people."""
