"""Fenced code with its words marked by class, for the languages that operations people paste.

Only lexers on the list run: each is known to be quick, and a stranger's word chooses none.
"""

from functools import lru_cache

from pygments import highlight as paint
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

MOST = 20_000  # characters; what is longer is a log, and stays plain

_SAME = {
    "sh": "bash", "shell": "bash", "zsh": "bash", "py": "python", "yml": "yaml", "js": "javascript",
    "ts": "typescript", "conf": "ini", "cfg": "ini", "systemd": "ini", "golang": "go",
    "dockerfile": "docker", "ps1": "powershell", "tf": "terraform", "hcl": "terraform",
    "patch": "diff", "postgres": "postgresql", "psql": "postgresql", "rs": "rust", "rb": "ruby",
    "c++": "cpp", "make": "makefile", "j2": "jinja", "pl": "perl",
}  # fmt: skip
LANGUAGES = frozenset({
    "apacheconf", "awk", "bash", "c", "console", "cpp", "css", "diff", "docker", "go", "html",
    "http", "ini", "java", "javascript", "jinja", "json", "lua", "makefile", "nginx", "perl",
    "php", "postgresql", "powershell", "promql", "python", "pycon", "ruby", "rust", "sql",
    "terraform", "toml", "typescript", "xml", "yaml",
})  # fmt: skip
_formatter = HtmlFormatter(nowrap=True)


def highlight(code: str, language: str) -> str | None:
    """Spans with classes, escaped; None where the language is unknown or the code too long."""
    lexer = _lexer(_SAME.get(language, language)) if len(code) <= MOST else None
    return paint(code, lexer, _formatter) if lexer else None


@lru_cache
def _lexer(language: str) -> Lexer | None:
    if language not in LANGUAGES:
        return None
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
