"""The steps of the cascade, each by itself: population and open rows in, findings out."""
