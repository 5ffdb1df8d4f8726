"""What a browser user costs beside other tools, and whether its measurements are right."""
