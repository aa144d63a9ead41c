"""Pairs of records compared and weighed, whatever they are of: rules, sheets of codes, the kernel, engines that must equal it."""
