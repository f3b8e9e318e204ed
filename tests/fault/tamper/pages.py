"""Where what lies in an SQLite file: every byte of it by table, row and column, or by page.

Follows https://www.sqlite.org/fileformat2.html, sections 1.3 to 2.6, as far as a ledger needs it:
no auto-vacuum, no pointer maps, no reserved space.
"""
import dataclasses
import pathlib


@dataclasses.dataclass
class Part:
    """Some bytes of the file, and what they are.

    kind     "column": content of a row
             "cell":   what frames it (payload size, row number, column types)
             "page":   a page's header, its cell pointers, and pointers to other pages, of which
                       `column` says what they lead to
    """
    kind: str
    page: int
    offset: int
    size: int
    table: str
    key: object = None      # row number, or the key columns of a table without row numbers
    column: str = ""


def varint(data, at):
    value = 0
    for count in range(9):
        byte = data[at + count]
        if count == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    raise ValueError


SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


def column_size(code):
    return SIZES[code] if code < 10 else (code - 12) // 2


def column_value(code, data):
    if code == 0:
        return None
    if code in (8, 9):
        return code - 8
    if code < 7:
        return int.from_bytes(data, "big", signed=True)
    return data.decode("utf-8", "replace") if code % 2 else bytes(data)


class File:
    """The parts of an undamaged file."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        self.page_size = int.from_bytes(self.data[16:18], "big")
        self.parts = []
        self.page_rows = {}     # page: numbers of the rows that are lost with it
        self.columns = {}
        self.parts.append(Part("page", 1, 0, 100, "sqlite_schema"))
        self.tables = self.schema()
        for name, (root, columns, index) in self.tables.items():
            self.columns[name] = columns
            self.walk(name, root, columns, index)

    def schema(self):
        rows = []
        self.columns["sqlite_schema"] = ["type", "name", "tbl_name", "rootpage", "sql"]
        self.walk("sqlite_schema", 1, self.columns["sqlite_schema"], False, rows)
        tables = {}
        for kind, name, table, root, sql in rows:
            inside = sql[sql.index("(") + 1:sql.rindex(")")]
            columns = [part.split()[0] for part in split(inside)]
            columns = [column for column in columns if column not in ("PRIMARY", "CHECK")]
            tables[name] = (root, columns, kind == "index" or "WITHOUT ROWID" in sql)
        return tables

    def walk(self, table, page, columns, index, rows=None):
        """Returns the keys of all rows below the page."""
        start = (page - 1) * self.page_size
        head = start + (100 if page == 1 else 0)
        kind = self.data[head]
        interior = kind in (2, 5)
        size = 12 if interior else 8
        cells = int.from_bytes(self.data[head + 3:head + 5], "big")
        self.parts.append(Part("page", page, head, size + 2 * cells, table))
        keys = []
        for number in range(cells):
            at = head + size + 2 * number
            at = start + int.from_bytes(self.data[at:at + 2], "big")
            keys += self.cell(table, page, at, kind, columns, rows)
        if interior:
            right = int.from_bytes(self.data[head + 8:head + 12], "big")
            keys += self.walk(table, right, columns, index, rows)
        self.page_rows[page] = keys
        return keys

    def cell(self, table, page, at, kind, columns, rows):
        first, keys = at, []
        if kind in (2, 5):
            child = int.from_bytes(self.data[at:at + 4], "big")
            self.parts.append(Part("page", page, at, 4, table, None, "child"))
            at += 4
            keys += self.walk(table, child, columns, kind == 2, rows)
        if kind == 5:
            _, end = varint(self.data, at)
            self.parts.append(Part("cell", page, at, end - at, table))
            return keys
        payload, at = varint(self.data, at)
        number = None
        if kind == 13:
            number, at = varint(self.data, at)
        frame = Part("cell", page, first if kind != 2 else first + 4, 0, table, number)
        spans = self.payload(page, at, payload, kind, table)
        key = self.row(table, frame, at, spans, number, columns, rows)
        return keys + [key]

    def payload(self, page, at, size, kind, table):
        """[(page, offset, size)] of the content, overflow pages included."""
        usable = self.page_size
        most = usable - 35 if kind == 13 else (usable - 12) * 64 // 255 - 23
        least = (usable - 12) * 32 // 255 - 23
        if size <= most:
            return [(page, at, size)]
        local = least + (size - least) % (usable - 4)
        local = local if local <= most else least
        spans = [(page, at, local)]
        pointer, left = at + local, size - local
        while left > 0:
            self.parts.append(Part("page", page, pointer, 4, table, None, "overflow"))
            page = int.from_bytes(self.data[pointer:pointer + 4], "big")
            pointer = (page - 1) * self.page_size
            part = min(left, usable - 4)
            spans.append((page, pointer + 4, part))
            left -= part
        return spans

    def row(self, table, frame, at, spans, number, columns, rows):
        content = b"".join(self.data[offset:offset + size] for _, offset, size in spans)
        header, position = varint(content, 0)
        codes = []
        while position < header:
            code, position = varint(content, position)
            codes.append(code)
        frame.size = at + header - frame.offset
        self.parts.append(frame)
        values, found, where = [], [], header
        for column, code in zip(columns, codes):
            size = column_size(code)
            values.append(column_value(code, content[where:where + size]))
            for page, offset, length in within(spans, where, size):
                found.append(Part("column", page, offset, length, table, None, column))
            where += size
        key = number if number is not None else tuple(values)
        frame.key = key
        for part in found:
            part.key = key
        self.parts += found
        if rows is not None:
            rows.append(values)
        return key


def within(spans, where, size):
    """The pieces of [where, where + size) of a content that lies in several places."""
    start = 0
    for page, offset, length in spans:
        low, high = max(where, start), min(where + size, start + length)
        if low < high:
            yield page, offset + low - start, high - low
        start += length


def split(text):
    """Column definitions of a CREATE statement, by the commas outside parentheses."""
    depth, parts = 0, [""]
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def links(database):
    """{what: [(page, offset, size)]}: the pointers to other pages by what they lead to, and the
    keys between children."""
    data, size = database.data, database.page_size

    def number(offset):
        return int.from_bytes(data[offset:offset + 4], "big")

    found = {"child": [], "overflow": [], "right": [], "free": [(1, 32, 4)], "key": []}
    for part in database.parts:
        if part.kind == "page" and part.column:
            found[part.column].append((part.page, part.offset, 4))
        elif part.kind == "page" and data[part.offset] in (2, 5):
            found["right"].append((part.page, part.offset + 8, 4))
        elif part.kind == "cell" and data[(part.page - 1) * size] == 5:
            found["key"].append((part.page, part.offset, part.size))
    trunk = number(32)
    while trunk:
        start = (trunk - 1) * size
        used = [0] + list(range(2, 2 + number(start + 4)))  # the next trunk, and free pages
        found["free"] += [(trunk, start + 4 * index, 4) for index in used]
        trunk = number(start)
    return found
