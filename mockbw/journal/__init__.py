"""Where journal entries are kept. The modules here are siblings that never import each other."""
