"""`python -m tests.bot.brief URL`: a part that says it is ready, and ends."""

import json
import sys

if __name__ == "__main__":
    print(json.dumps({"url": sys.argv[1]}), flush=True)  # noqa: T201 - what a parent waits for
