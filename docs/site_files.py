"""A hook of mkdocs: the shipped scenarios, which lie beside ``docs/``, become part of the site, and links lead to them there."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path in sorted(SCENARIOS.iterdir()):
        files.append(File.generated(config, f"scenarios/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    return markdown.replace("](../scenarios/", "](scenarios/")
