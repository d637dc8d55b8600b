"""`python -m apple_music_ratings.cli` is `apple-music-ratings`."""

import sys

from . import main

sys.exit(main())
