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
MAX_STEPS = 200_000  # loop turns of one evaluation, each of NODES_PER_STEP nodes or fewer
NODES_PER_STEP = 12  # a turn through a longer body counts for more: it costs more
REGEX_STEPS = 100  # what one regular expression counts for: the engine compiles it each time
