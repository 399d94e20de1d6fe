"""The project's settings on a private DATA_DIR, so that no test touches a real one."""

import atexit
import os
import shutil
import tempfile

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="twiceshy-test-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
for name in ("DATABASE_URL", "REDIS_URL", "SEARCH_URL", "EMAIL_URL", "SITE_URL", "SECRET_KEY"):
    if f"TEST_{name}" in os.environ:
        os.environ[name] = os.environ[f"TEST_{name}"]
    else:
        os.environ.pop(name, None)

from kb.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

MAIL_SPREAD_MINUTES = 0
# A busy machine is no reason for another answer; tests of a budget set one.
EXPLAIN_SECONDS = JUDGE_SECONDS = 60.0
