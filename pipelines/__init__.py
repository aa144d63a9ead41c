"""The conductor: extracts in, the night's steps in order, outputs published. The only room that imports Prefect."""
