"""What happened, as values: samples, readings, histograms, windows, and the run folder that keeps them."""
