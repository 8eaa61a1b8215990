"""The scenario language: YAML files to models, models to plans. Editions and shipped scenarios are written in it too."""
