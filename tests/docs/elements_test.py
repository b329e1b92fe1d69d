#!/usr/bin/env python3
"""docs/elements: a page for each element, and on it what GStreamer says of it: class, pads and caps,
properties with type, default, range and when they can be changed, signals, fields of `stats`.

The tables have fixed columns, so that they can be compared:
  pads        | pad | availability | caps | ...        availability: always, on request, sometimes
  properties  | property | type | default | range | changeable | ...
              type: GLib's without the g, `enum`, `structure`, or a type's own name; with a unit: `uint64, ns`
              default: `in backticks` for strings and enums, `empty`, `none`, a number, a time (200 ms)
              range: a–b; the nicks of an enum; nothing where the type has no other bounds
              changeable: any time; NULL, READY; read-only; with `write-only` behind it for secrets
  signals     | signal | arguments | ...               arguments: `type name`, ...; `-> type` for a result
  stats       | field | type | unit | ...

Arguments: source directory, names of the plugins that were built.
"""
import pathlib
import re
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GObject, Gst  # noqa: E402

import markdown  # noqa: E402
import tap  # noqa: E402

TYPES = {
    "gchararray": "string", "gboolean": "boolean", "gint": "int", "guint": "uint", "gint64": "int64",
    "guint64": "uint64", "gfloat": "float", "gdouble": "double", "GstStructure": "structure",
}  # fmt: skip
NUMBERS = {"int", "uint", "int64", "uint64", "float", "double"}
NS = {"ns": 1, "µs": 10**3, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}
LIMITS = {0, -(2**31), 2**31 - 1, 2**32 - 1, -(2**63), 2**63 - 1, 2**64 - 1}
MUTABLE_READY, MUTABLE_PAUSED, MUTABLE_PLAYING = 1 << 10, 1 << 11, 1 << 12
PRESENCE = {
    Gst.PadPresence.ALWAYS: "always", Gst.PadPresence.REQUEST: "on request", Gst.PadPresence.SOMETIMES: "sometimes",
}  # fmt: skip


def quantity(text, time):
    """A number; with a unit of time, in ns. None when it is none."""
    match = re.fullmatch(r"([-−]?[\d.]+(?:e\d+)?) ?(\S*)", text.strip())
    if not match or (match.group(2) and not (time and match.group(2) in NS)):
        return None
    value = float(match.group(1).replace("−", "-"))
    if time and not match.group(2):
        return value if value == 0 else None  # a time needs its unit
    return value * NS.get(match.group(2), 1)


def type_name(spec):
    if isinstance(spec.default_value if hasattr(spec, "default_value") else None, GObject.GEnum):
        return "enum"
    return TYPES.get(spec.value_type.name, spec.value_type.name)


def changeable(spec):
    flags = int(spec.flags)
    if not flags & GObject.ParamFlags.WRITABLE:
        return "read-only"
    if flags & GObject.ParamFlags.CONSTRUCT_ONLY:
        when = "at construction"
    elif flags & MUTABLE_PLAYING:
        when = "any time"
    elif flags & MUTABLE_PAUSED:
        when = "until PAUSED"
    elif flags & MUTABLE_READY:
        when = "NULL, READY"
    else:
        when = "(the element does not say: a GST_PARAM_MUTABLE flag is missing)"
    return when if flags & GObject.ParamFlags.READABLE else when + ", write-only"


def check_default(spec, kind, cell, time):
    actual = getattr(spec, "default_value", None)
    if kind == "boolean":
        return cell == str(bool(actual)).lower()
    if kind == "enum":
        return cell == f"`{actual.value_nick}`"
    if kind == "string":
        if not actual:
            return cell == ("none" if actual is None else "empty")
        found = markdown.names(cell)
        # Some defaults are paths of the machine: `…/name` gives their end.
        return len(found) == 1 and (found[0] == actual or (found[0][0] == "…" and actual.endswith(found[0][1:])))
    if kind in NUMBERS:
        value = quantity(cell, time)
        return value is not None and abs(value - actual) <= 1e-6 * max(1, abs(actual))
    return cell in ("", "none")


def check_range(spec, kind, cell, time):
    if kind == "enum":
        nicks = [value.value_nick for value in type(spec.default_value).__enum_values__.values()]
        return sorted(markdown.names(cell)) == sorted(nicks)
    if kind not in NUMBERS:
        return cell == ""
    if cell == "":
        return {spec.minimum, spec.maximum} <= LIMITS
    ends = cell.split("–")
    if len(ends) != 2:
        return False
    if time and not any(ends[0].strip().endswith(unit) for unit in NS) and ends[0].strip() != "0":
        ends[0] += " " + re.sub(r"^[\d.]+ ?", "", ends[1].strip())  # 20–200 ms
    values = [quantity(end, time) for end in ends]
    return None not in values and all(
        abs(value - actual) <= 1e-6 * max(1, abs(actual)) for value, actual in zip(values, (spec.minimum, spec.maximum))
    )


def describe_range(spec, kind):
    if kind == "enum":
        return ", ".join(f"`{v.value_nick}`" for v in type(spec.default_value).__enum_values__.values())
    return f"{spec.minimum}–{spec.maximum}" if kind in NUMBERS else "nothing"


def own(spec, element):
    """Properties of the classes of GStreamer itself are documented there."""
    return not spec.owner_type.name in STOCK


STOCK = {"GObject", "GstObject", "GstElement", "GstBin", "GstPipeline", "GstBaseSrc", "GstPushSrc", "GstBaseSink",
         "GstBaseTransform", "GstAggregator", "GstAudioAggregator", "GstAudioFilter"}  # fmt: skip


def properties(page, element):
    problems, rows = [], {}
    for table in page.table("property"):
        missing = {"type", "default", "range", "changeable"} - set(table.header)
        if missing:
            problems.append(f"line {table.line}: the table of properties has no column {', '.join(sorted(missing))}")
            return problems
        for row in table.rows:
            for name in markdown.names(row["property"]):
                if name in rows:
                    problems.append(f"`{name}` is on the page twice")
                rows[name] = row
    actual = {spec.name: spec for spec in element.list_properties() if own(spec, element)}
    problems += [f"`{name}` is not on the page" for name in sorted(actual.keys() - rows.keys())]
    problems += [f"`{name}` is on the page, but the element has no such property" for name in sorted(rows.keys() - actual.keys())]
    for name in sorted(actual.keys() & rows.keys()):
        spec, row = actual[name], rows[name]
        kind, time = type_name(spec), row["type"].endswith(", ns")
        if row["type"].split(",")[0].strip("`") != kind:
            problems.append(f"`{name}`: the page says type {row['type']}, it is {kind}")
            continue
        if not check_default(spec, kind, row["default"], time):
            problems.append(f"`{name}`: the page says default {row['default']!r}, it is {getattr(spec, 'default_value', None)!r}")
        if not check_range(spec, kind, row["range"], time):
            problems.append(f"`{name}`: the page says range {row['range']!r}, it is {describe_range(spec, kind)}")
        if row["changeable"] != changeable(spec):
            problems.append(f"`{name}`: the page says changeable {row['changeable']!r}, it is {changeable(spec)}")
        if not spec.blurb or not spec.nick:
            problems.append(f"`{name}`: gst-inspect-1.0 shows no nick or blurb")
    return problems


def comparable(caps):
    """A pad that takes every format of raw audio need not have them listed on its page."""
    result = Gst.Caps.new_empty()
    for index in range(caps.get_size()):
        structure = caps.get_structure(index).copy()
        if structure.get_name() == "audio/x-raw" and len(re.findall(r"[SUF]\d+", structure.to_string())) > 20:
            structure.remove_field("format")
        result.append_structure(structure)
    return result


def pads(page, factory):
    problems, rows = [], {}
    for table in page.table("pad"):
        for row in table.rows:
            for name in markdown.names(row["pad"]):
                rows[name] = row
    actual = {template.name_template: template for template in factory.get_static_pad_templates()}
    problems += [f"pad `{name}` is not on the page" for name in sorted(actual.keys() - rows.keys())]
    problems += [f"pad `{name}` is on the page, but the element has none" for name in sorted(rows.keys() - actual.keys())]
    for name in sorted(actual.keys() & rows.keys()):
        template, row = actual[name], rows[name]
        if row.get("availability") != PRESENCE[template.presence]:
            problems.append(f"pad `{name}`: availability {row.get('availability')!r}, it is {PRESENCE[template.presence]!r}")
        caps = Gst.Caps.new_empty()
        for text in markdown.names(row.get("caps", "")):
            part = Gst.Caps.from_string(text)
            if part:
                caps.append(part)
        if not comparable(template.get_caps()).is_equal(comparable(caps)):
            problems.append(f"pad `{name}`: the page says {caps.to_string()}, it is {template.get_caps().to_string()}")
    return problems


def signals(page, element):
    rows = {}
    for table in page.table("signal"):
        for row in table.rows:
            for name in markdown.names(row["signal"]):
                rows[name] = row.get("arguments", "")
    actual = {}
    gtype = element.__gtype__
    while gtype.name not in STOCK:
        for identity in GObject.signal_list_ids(gtype):
            query = GObject.signal_query(identity)
            text = [TYPES.get(t.name, t.name) for t in query.param_types]
            if query.return_type.name != "void":
                text.append("-> " + TYPES.get(query.return_type.name, query.return_type.name))
            actual[query.signal_name] = text
        gtype = gtype.parent
    problems = [f"signal `{name}` is not on the page" for name in sorted(actual.keys() - rows.keys())]
    problems += [f"signal `{name}` is on the page, but the element has none" for name in sorted(rows.keys() - actual.keys())]
    for name in sorted(actual.keys() & rows.keys()):
        said = [text if text.startswith("-> ") else text.split()[0] for text in markdown.names(rows[name])]
        if said != actual[name]:
            problems.append(f"signal `{name}`: the page says {said}, it is {actual[name]}")
    return problems


def statistics(page, element):
    if not element.find_property("stats"):
        return ["the element has no `stats`"]
    structure = element.get_property("stats")
    actual = {}
    for index in range(structure.n_fields()):
        name = structure.nth_field_name(index)
        gtype = structure.get_field_type(name)
        actual[name] = TYPES.get(gtype.name, gtype.name)
    rows, problems = {}, []
    for table in page.table("field"):
        if "stats" not in table.section:
            continue
        if table.header[:3] != ["field", "type", "unit"]:
            problems.append(f"line {table.line}: the columns of `stats` are field, type, unit, meaning")
        for row in table.rows:
            for name in markdown.names(row["field"]):
                if name in rows:
                    problems.append(f"`stats` field `{name}` is on the page twice")
                rows[name] = row.get("type", "")
    if f"`{structure.get_name()}`" not in page.text:
        problems.append(f"the page does not name the structure `{structure.get_name()}`")
    problems += [f"`stats` has `{name}`, which is not on the page" for name in sorted(actual.keys() - rows.keys())]
    problems += [f"`{name}` is on the page, but `stats` has no such field" for name in sorted(rows.keys() - actual.keys())]
    for name in sorted(actual.keys() & rows.keys()):
        if rows[name] != actual[name]:
            problems.append(f"`stats` field `{name}`: the page says {rows[name]!r}, it is {actual[name]}")
    return problems


def about(page, factory):
    problems = []
    if f"`{factory.get_metadata('klass')}`" not in page.text:
        problems.append(f"the page does not give the class `{factory.get_metadata('klass')}`")
    if factory.get_rank() != 0:
        problems.append("the element's rank is not NONE")
    for key in ("long-name", "description", "author"):
        if not factory.get_metadata(key):
            problems.append(f"gst-inspect-1.0 shows no {key}")
    if page.headings[:1] != [(1, factory.get_name())]:
        problems.append("the page does not begin with the element's name")
    if "Threads" not in " ".join(text for _, text in page.headings):
        problems.append("the page has no section on threads")
    if not any("gst-launch-1.0" in code.text for code in page.code):
        problems.append("the page shows no gst-launch-1.0 line")
    return problems


def main():
    Gst.init(None)
    source, plugins = pathlib.Path(sys.argv[1]), sys.argv[2:]
    report = tap.Tap()
    registry = Gst.Registry.get()
    factories = {}
    for plugin in plugins:
        features = registry.get_feature_list_by_plugin(plugin)
        report.case(f"plugin {plugin} loads", [] if features else ["no such plugin in the registry"])
        factories.update({f.get_name(): f for f in features if isinstance(f, Gst.ElementFactory)})
    paths = {path.stem: path for path in (source / "docs/elements").glob("*.md")}
    report.case("every element has a page", [f"docs/elements/{n}.md is missing" for n in sorted(factories.keys() - paths.keys())])
    report.case(
        "every page has an element",
        [f"docs/elements/{n}.md: there is no element '{n}'" for n in sorted(paths.keys() - factories.keys())],
    )
    for name in sorted(factories.keys() & paths.keys()):
        page, factory = markdown.Page(paths[name]), factories[name].load()
        element = factory.create(None)
        report.case(f"{name}: page", about(page, factory))
        report.case(f"{name}: pads", pads(page, factory))
        report.case(f"{name}: properties", properties(page, element))
        report.case(f"{name}: signals", signals(page, element))
        report.case(f"{name}: stats", statistics(page, element))
    report.end()


if __name__ == "__main__":
    main()
