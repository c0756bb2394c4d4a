"""Method → handler: one file a namespace, and the one way a call takes."""
