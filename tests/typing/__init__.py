"""What a user's type checker sees: mypy and pyright read these files, nothing runs them."""
