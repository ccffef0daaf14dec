"""HTTP services outside: calling them for steps, and looking after their health. The one room that imports httpx."""
