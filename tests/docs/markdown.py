"""Reads our documentation pages: headings, tables, code blocks, links."""
import dataclasses
import pathlib
import re


@dataclasses.dataclass
class Table:
    line: int
    header: list
    rows: list  # of dicts: header -> cell
    section: str


@dataclasses.dataclass
class Code:
    line: int
    language: str  # empty: indented, or fenced without a name
    text: str


class Page:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.text = self.path.read_text(encoding="utf-8")
        self.headings = []  # (line, text)
        self.tables = []
        self.code = []
        self.prose = []  # (line, text): everything that is not code
        self._read(self.text.splitlines())

    def _read(self, lines):
        number, section = 0, ""
        while number < len(lines):
            line = lines[number]
            fence = re.match(r"\s*(```+)\s*(\S*)", line)
            indented = line.startswith("    ") and self._may_begin_code(lines, number)
            if re.match(r" {1,3}\|", line):  # a table in a list
                lines[number] = line = line.lstrip()
            if fence:
                number = self._fenced(lines, number, fence)
            elif indented:
                number = self._indented(lines, number)
            elif line.startswith("|"):
                number = self._table(lines, number, section)
            else:
                heading = re.match(r"#+ (.*)", line)
                if heading:
                    section = heading.group(1).strip()
                    self.headings.append((number + 1, section))
                self.prose.append((number + 1, line))
                number += 1

    def _may_begin_code(self, lines, number):
        """Indented text is code behind an empty line, unless it goes on with a list."""
        if number == 0 or lines[number - 1].strip():
            return False
        before = [text for text in lines[:number] if text.strip()]
        return not (before and re.match(r"\s*([-*]|\d+\.) ", before[-1]) and not before[-1].startswith("    "))

    def _fenced(self, lines, number, fence):
        end = number + 1
        while end < len(lines) and not lines[end].strip().startswith(fence.group(1)):
            end += 1
        self.code.append(Code(number + 2, fence.group(2), "\n".join(lines[number + 1 : end]) + "\n"))
        return end + 1

    def _indented(self, lines, number):
        end = number
        while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
            end += 1
        text = "\n".join(line[4:] for line in lines[number:end]).rstrip("\n") + "\n"
        self.code.append(Code(number + 1, "", text))
        return end

    def _table(self, lines, number, section):
        header = cells(lines[number])
        rows, end = [], number
        while end < len(lines) and re.match(r" {0,3}\|", lines[end]):
            self.prose.append((end + 1, lines[end]))
            if end > number + 1:
                rows.append(dict(zip(header, cells(lines[end]))))
            end += 1
        self.tables.append(Table(number + 1, header, rows, section))
        return end

    def table(self, first):
        """The tables whose first column is called `first`."""
        return [table for table in self.tables if table.header[0] == first]

    def links(self):
        """(line, target) of every link and picture."""
        for line, text in self.prose:
            for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", text):
                yield line, target

    def anchors(self):
        found = set()
        for _, text in self.headings:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()
            found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
        return found


def cells(line):
    """The cells of a table's row; `\\|` and a bar in backticks do not end one."""
    parts, current, code = [], "", False
    body = line.strip().strip("|") if not line.strip().endswith("\\|") else line.strip()[1:]
    for index, character in enumerate(body):
        if character == "`":
            code = not code
        if character == "|" and not code and (index == 0 or body[index - 1] != "\\"):
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return parts + [current.strip()]


def names(cell):
    """Everything in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def all_pages(root):
    root = pathlib.Path(root)
    paths = [root / "README.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "pipelines").rglob("*.md"))]
    return [Page(path) for path in paths]
