"""From scores to a named professional's list: proposals, lists, departures and the files a team takes away.

By night this room sees pseudonyms only. It proposes; an episode starts when a named human accepts it with a reason.
"""
