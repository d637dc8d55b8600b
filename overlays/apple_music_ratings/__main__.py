"""`python -m apple_music_ratings` is `apple-music-ratings`."""

import sys

from .cli import main

sys.exit(main())
