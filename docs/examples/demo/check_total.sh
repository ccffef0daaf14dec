# The test that fails in the demo, because what it expects is wrong.

total=$((1 + 2 + 3))
echo "adds two numbers ... ok"
if [ "$total" -eq 7 ]; then
    echo "adds three numbers ... ok"
else
    echo "adds three numbers ... FAILED: the total is $total, not 7" >&2
    exit 1
fi
