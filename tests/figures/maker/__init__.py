"""The pictures of docs/figures."""
