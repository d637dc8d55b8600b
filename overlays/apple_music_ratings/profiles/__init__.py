"""Where credentials come from: arguments, the environment, and saved profiles."""
