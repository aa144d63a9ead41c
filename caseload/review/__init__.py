"""The clerk's desk: pairs of records side by side, and what she says of them."""
