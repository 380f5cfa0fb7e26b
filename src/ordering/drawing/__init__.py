"""Functions that nobody chose: terms of a small grammar, drawn, and what is known of them by construction."""
