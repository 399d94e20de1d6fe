"""The language and the evaluator know nothing of the web or of the database."""

import subprocess
import sys

MODULES = """
incidents.patterns.derived_schema incidents.patterns.verdict incidents.patterns.view
incidents.patterns.language incidents.patterns.evaluate incidents.patterns.spec
incidents.patterns.examples incidents.patterns.sentence incidents.patterns.library
"""


def test_they_run_without_django():
    code = (
        f"import importlib, sys; [importlib.import_module(m) for m in {MODULES.split()!r}]; "
        "sys.exit('django' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
