"""Where results go: the table to standard output, and with the raw figures into a folder."""

import json
from pathlib import Path


class Output:
    def __init__(self, folder: str | None):
        self.folder = Path(folder) if folder else None
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, results: dict, paragraphs: list[str], failures: list[str]) -> None:
        """`failures` are sentences: what could not be measured must not look as if nobody had tried."""
        if failures:
            paragraphs = [*paragraphs, "Not measured:\n\n" + "\n".join(f"- {sentence}" for sentence in failures)]
        text = "\n\n".join(paragraphs) + "\n"
        print(text)
        if self.folder:
            (self.folder / f"{name}.md").write_text(text)
            (self.folder / f"{name}.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")

    def picture(self, name: str) -> list[Path]:
        """The files of a picture; none without a folder."""
        return [self.folder / f"{name}.svg", self.folder / f"{name}.png"] if self.folder else []
