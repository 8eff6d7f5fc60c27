"""Where each key of a TOML text stands, so that a mistake can be named with its line.

`tomllib` reads values but keeps no positions. This walks a text that tomllib has already accepted, so it only has to
find keys, not to judge them.
"""

from bisect import bisect_right

Path = tuple[str | int, ...]


def lines_of(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every key, table and list item of a valid TOML text, by its path.

    A path mixes names and list indexes: ("rungs", 2, "clocks", 0, "on").
    """
    return _Walker(text).walk()


def nearest_line(lines: dict[Path, int], path: Path) -> int:
    """Return the line of `path`, or of the closest table around it that the text has; 1 for the file as a whole."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.newlines = [i for i, letter in enumerate(text) if letter == "\n"]
        self.lines: dict[Path, int] = {}
        self.last_index: dict[Path, int] = {}

    def walk(self) -> dict[Path, int]:
        table: Path = ()
        self._skip_blank()
        while self.at < len(self.text):
            table = self._header() if self.text[self.at] == "[" else self._pair(table)
            self._skip_blank()
        return self.lines

    def _mark(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self.newlines, at - 1) + 1)

    def _skip_blank(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in " \t\r\n":
                self.at += 1
            else:
                return

    def _header(self) -> Path:
        start = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        names = self._names("]")
        self.at += 2 if is_list else 1
        path: Path = ()
        for number, name in enumerate(names, start=1):
            path += (name,)
            if is_list and number == len(names):
                self.last_index[path] = self.last_index.get(path, -1) + 1
            if path in self.last_index:
                self._mark(path, start)
                path += (self.last_index[path],)
            self._mark(path, start)
        return path

    def _pair(self, table: Path) -> Path:
        start = self.at
        path = table
        for name in self._names("="):
            path += (name,)
            self._mark(path, start)
        self.at += 1
        self._value(path)
        return table

    def _names(self, stop: str) -> list[str]:
        names: list[str] = []
        while True:
            self._skip_blank()
            letter = self.text[self.at]
            if letter == stop:
                return names
            if letter == ".":
                self.at += 1
            elif letter in "\"'":
                start = self.at
                self._string()
                names.append(self.text[start + 1 : self.at - 1])
            else:
                start = self.at
                while self.text[self.at] not in f". \t{stop}":
                    self.at += 1
                names.append(self.text[start : self.at])

    def _value(self, path: Path) -> None:
        self._skip_blank()
        letter = self.text[self.at]
        if letter == "[":
            self._list(path)
        elif letter == "{":
            self._inline_table(path)
        elif letter in "\"'":
            self._string()
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}\n#":
                self.at += 1

    def _list(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip_blank()
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._mark((*path, index), self.at)
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self._skip_blank()
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)

    def _string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(fence)
        # A multi-line string may end in one or two quotes of its own before the closing three.
        while len(fence) == 3 and self.at < len(self.text) and self.text[self.at] == quote:
            self.at += 1
