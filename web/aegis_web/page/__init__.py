"""The page: what people see of aegis in a browser. Rendered by the server from what the daemon says, readable without
JavaScript; a little of it keeps the page live. A view is a module with a `VIEW` and a line in `views.py`."""
