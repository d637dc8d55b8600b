"""One request: settings, signing, retries, errors."""
