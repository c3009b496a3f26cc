"""`kasf-demo views`: several static cameras that film the same people become one measurement."""
