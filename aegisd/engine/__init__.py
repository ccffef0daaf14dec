"""The engine: carries runs out. Ordinary structured Trio code that asks the pure core for every decision."""
