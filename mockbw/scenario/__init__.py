"""The language people write: YAML files to models, models to plans. Editions, error codes and scenarios speak it alike."""
