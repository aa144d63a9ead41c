"""The doors: keys, pseudonyms, the vault, opt-outs, the scan at the wall, disclosure control, publication rows."""
