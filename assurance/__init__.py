"""Tools that verify the project's claims. Tests may import them; they import no tests."""
