"""Words that blame: hints for whoever writes, never a block.

Who reads that somebody "should have" looks no further; what made the slip likely stays as it was.
Code and quotations are left alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """``words`` stand at ``start`` of the text; ``code`` is stable, ``why`` says what to ask."""

    code: str
    words: str
    start: int
    why: str


_RULES = (
    ("human-error", r"(?:human|operator|user|pilot|administrator)(?:'s)? error",
     "Where the search ended; ask what made the slip easy to make and hard to see."),
    ("should-have", r"(?:should|could|ought to|would)(?:n't| not)? have|(?:should|could)'ve",
     "Tells of a world that was not. Say what was done, and why it made sense at the time."),
    ("failed-to", r"fail(?:ed|s|ure) to|neglect(?:ed|s) to|omitted to|did(?:n't| not) bother",
     "Measures against what one knows now. Say what was seen and done instead."),
    ("forgot", r"forg[oe]t(?:s|ten)?(?: to)?",
     "Memory slips for everybody. What would have reminded them?"),
    ("careless", r"careless(?:ly|ness)?|negligen(?:t|ce|tly)|sloppy|lazy|lax|inattenti(?:ve|on)|"
     r"irresponsibl[ey]",
     "Judges a person. What was asked of them at the same time?"),
    ("incompetent", r"incompeten(?:t|ce)|stupid(?:ly|ity)?|idiot(?:ic)?|clueless|unqualified",
     "Judges a person. What would anybody have needed to know?"),
    ("fault", r"(?:\w+'s|his|her|their|your|my) (?:own )?fault|at fault|"
     r"(?:is|was|are|were) to blame|blam(?:e|ed|es|ing)",
     "Looks for who; what went on is the better question."),
    ("mistake-of", r"mistakes? (?:by|of)|(?:his|her|their) mistakes?|by mistake|mistakenly",
     "What made the wrong thing look right?"),
    ("root-cause", r"root[- ]causes?",
     "There are several, and none is the root. Use contributing factors."),
    ("obvious", r"obvious(?:ly)?|clearly|of course|anyone could see|common sense",
     "It is so now; was it then?"),
    ("ignored", r"ignor(?:ed|es|ing)|disregard(?:ed|s|ing)|overlook(?:ed|s|ing)",
     "Was it seen at all, and among how much else?"),
    ("violated", r"violat(?:ed|es|ing|ion of)|disobey(?:ed|s)|broke the rules?|against the rules?",
     "Is the rule one that can be kept on a bad night?"),
)  # fmt: skip
_FOUND = re.compile(
    "|".join(rf"(?P<r{n}>\b(?:{words})(?!\w))" for n, (_, words, _) in enumerate(_RULES)),
    re.IGNORECASE,
)
_LEFT_ALONE = re.compile(
    r"^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)|^[ ]{0,3}>[^\n]*|`[^`\n]+`",
    re.MULTILINE | re.DOTALL,
)


def hints(text: str) -> list[Hint]:
    """Where ``text`` blames, in its order; each phrase once."""
    shown = _LEFT_ALONE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text.replace("’", "'"))
    found: dict[tuple[str, str], Hint] = {}
    for match in _FOUND.finditer(shown):
        code, _, why = _RULES[int(str(match.lastgroup)[1:])]
        key = (code, match[0].lower())
        words = text[match.start() : match.end()]
        found.setdefault(key, Hint(code, words, match.start(), why))
    return list(found.values())


def hints_in(texts: Mapping[str, str]) -> dict[str, list[Hint]]:
    """By field, where its text blames; fields without a hint are left out."""
    return {name: found for name, text in texts.items() if (found := hints(text))}
