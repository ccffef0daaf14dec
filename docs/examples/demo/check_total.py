"""The test that fails in the demo, because what it expects is wrong."""

import sys

total = sum([1, 2, 3])
print("adds two numbers ... ok")
if total == 7:
    print("adds three numbers ... ok")
else:
    sys.exit(f"adds three numbers ... FAILED: the total is {total}, not 7")
