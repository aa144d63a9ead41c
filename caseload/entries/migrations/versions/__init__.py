"""One module for each version; none is ever changed once it is released."""
