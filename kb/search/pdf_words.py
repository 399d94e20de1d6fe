"""``python -I pdf_words.py MOST SECONDS < file.pdf``: the words of a PDF, page by page.

A process of its own, because a PDF can be made so that reading it takes for ever or all memory.
Ends with 0, 3 (there was more), 4 (locked); with anything else it died on the way, and what it
wrote until then is good.
"""

import io
import logging
import resource
import sys

MEMORY = 1_000_000_000
PAGES = 2000
MORE, LOCKED = 3, 4


def bound(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(most: int, seconds: int) -> int:
    bound(seconds)
    logging.disable()
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    if reader.is_encrypted and not reader.decrypt(""):
        return LOCKED
    out, left = sys.stdout.buffer, most
    for number, page in enumerate(reader.pages):
        if number >= PAGES:
            return MORE
        try:
            text = page.extract_text()
        except (MemoryError, RecursionError):
            raise
        except Exception:  # one page that can't be read does not spoil the others
            text = ""
        out.write((text[:left] + "\n").encode("utf-8", "ignore"))
        out.flush()
        left -= len(text)
        if left <= 0:
            return MORE
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
