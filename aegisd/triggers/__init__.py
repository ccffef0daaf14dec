"""What starts runs by itself: timers, and runs that ended. What a trigger may be is in `aegisd/config/trigger_*.py`."""
