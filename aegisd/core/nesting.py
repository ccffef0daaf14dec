"""How deep a value is nested. Bounds on it are ours and not the interpreter's, which differ from version to version and
would be found out by whoever reads the value later."""


def is_deeper(value: object, levels: int) -> bool:
    """Whether more than `levels` lists and objects of JSON stand around something in `value`; no recursion."""
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > levels:
            return True
        level = [below for each in level for below in (each.values() if isinstance(each, dict) else each)]
    return False
