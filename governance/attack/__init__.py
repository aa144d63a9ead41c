"""The motivated intruder, as tests: what somebody with a recipient's files, and perhaps with a key, could find out.

`brute_force` searches the space of NHS numbers, `uniqueness` counts people who are alone with what is known of them, `joining`
puts two recipients' files together. Differencing is the work of `governance.disclosure_check`. ICO guidance on anonymisation,
28 Mar 2025, asks for the motivated intruder test (guide, G08).
"""
