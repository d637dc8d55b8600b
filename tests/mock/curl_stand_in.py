"""Does what curl does with the options of the how-to, on a machine without curl."""

from __future__ import annotations

import argparse
import sys

import httpx


def main() -> None:
    """Send one request and print the response's body, and its status if requested."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--show-error", action="store_true")
    parser.add_argument("--write-out", default="")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--request")
    parser.add_argument("--json")
    parser.add_argument("url")
    options = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in options.header)
    body = None
    if options.json is not None:
        headers["Content-Type"] = "application/json"
        body = options.json.encode()
    method = options.request or ("GET" if body is None else "POST")
    response = httpx.request(method, options.url, headers=headers, content=body, trust_env=False)
    status = options.write_out.replace("%{http_code}", str(response.status_code))
    sys.stdout.write(response.text + status.replace("\\n", "\n"))


if __name__ == "__main__":
    main()
