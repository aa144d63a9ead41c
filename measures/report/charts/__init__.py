"""One file per chart: from rows to a figure with its words, its drawing and its table."""
