"""What the methods of the Web API answer, a module for each family."""
