"""The test that fails in the demo, because what it expects is wrong."""

print("adds two numbers ... ok")
print("adds three numbers ...")
total = sum([1, 2, 3])
assert total == 7, f"the total is {total}, not 7"
