"""`kasf-demo adapt`: sessions of several views teach a lifting network."""
