"""How large an expression may be, and how much work it may make.

The native engine cannot be interrupted, so everything that could make it slow is refused when
the expression is written, or sent to the counted walk when a host's lists are long.
"""

MAX_TEXT = 4_000  # characters of one expression
MAX_DEPTH = 48  # levels of the tree; the parser, checker and walk recurse this far
MAX_STRING = 500  # characters of one string literal
MAX_LIST = 200  # entries of one list literal
MAX_COMPREHENSIONS = 12  # exists, all, exists_one, filter and map in one expression
MAX_NESTING = 3  # of those inside one another
MAX_REGEX = 120  # characters of a regular expression
MAX_REPEAT = 50  # product of its counted repetitions, {2,10} counts 10

# Work is counted in nodes of the tree gone through; about a second's worth, on a busy machine.
MAX_WORK = 1_000_000  # of one question to one host: all its expressions walked together
REGEX_WORK = 120  # what one regular expression counts for: the engine compiles it each time
TEXT_PER_NODE = 2_000  # characters of a text that count for one more node
NATIVE_WORK = 3_000_000  # of the expressions of one pattern, in the worst case, natively
NATIVE_TURN = 20  # what a turn of a loop costs the engine beside its body
NATIVE_KEEP = 6  # what the entry of a list that is kept costs it, at every later entry
NATIVE_REGEX = 700
