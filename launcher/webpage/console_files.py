"""Makes a GResource of the console's files: scripts in one, with what is loaded later in files of their own,
style sheets without the spaces and comments that only readers need, all others as they are. Called by meson.

usage: console_files.py OUTPUT.cpp DEPFILE ESBUILD GLIB_COMPILE_RESOURCES FOLDER CALL_FOLDER NAME=FILE...
ESBUILD: a command of node; FOLDER: of the console; CALL_FOLDER: of the page at /call, whose modules
named in CALL_MODULES are part of the console; NAME=FILE: libraries."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PREFIX = "/jackfield/console"
CALL_MODULES = ["caller.js", "figures.js", "signalling.js", "sound.js", "words.js"]
# Those that are no modules.
SCRIPTS = {"uplot.js"}
SUFFIXES = {".js", ".css", ".html", ".svg", ".txt"}


def with_plain_exports(module):
    """Of a module that was bundled: what is read from a list of exports is named itself, so that esbuild sees which
    of them nobody reads. `lists(all,{one:()=>f})` … `var{one:x}=all` becomes `var x=f`."""
    for call, name, members in re.findall(r";([\w$]+\(([\w$]+),\{((?:\w+:\(\)=>[\w$]+,?)+)\}\))", module):
        functions = dict(re.findall(r"(\w+):\(\)=>([\w$]+)", members))
        reads = rf"\bvar\{{((?:\w+:[\w$]+,?)+)\}}={re.escape(name)}\b"
        module = re.sub(reads, lambda read: "var " + ",".join(f"{known}={functions[one]}" for one, known in re.findall(r"(\w+):([\w$]+)", read[1])), module)
        module = module.replace(f";{call}", f";/* @__PURE__ */{call}")
    return module


def main():
    output, depfile, esbuild, compiler, folder, call_folder, *libraries = sys.argv[1:]
    folder, call_folder = pathlib.Path(folder), pathlib.Path(call_folder)
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES}
    files.update({f"call/{name}": call_folder / name for name in CALL_MODULES})
    files["icon.svg"] = call_folder / "icon.svg"
    files.update({name: pathlib.Path(path) for name, path in (library.split("=", 1) for library in libraries)})

    with tempfile.TemporaryDirectory() as scratch:
        source, small = pathlib.Path(scratch, "source"), pathlib.Path(scratch, "small")
        for name, path in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / name)
        dagre = source / "dagre.js"
        dagre.write_text(with_plain_exports(dagre.read_text(encoding="utf-8")), encoding="utf-8")
        sheets = [source / name for name in files if name.endswith(".css")]
        # The licences of libraries are in licences.txt.
        subprocess.run([*esbuild.split(" "), "--bundle", "--splitting", "--format=esm", "--chunk-names=[name]", "--minify", "--charset=utf8",
                        "--legal-comments=none", "--log-level=warning", f"--outbase={source}", f"--outdir={small}", source / "app.js", *sheets], check=True)  # fmt: skip
        # What is left of line breaks stands in templates, where indentation means nothing.
        for path in small.rglob("*.js"):
            path.write_text(re.sub(r"\n\s+", "\n", path.read_text(encoding="utf-8")), encoding="utf-8")
        stored = {name: source / name for name in files if not name.endswith((".js", ".css")) or name in SCRIPTS}
        stored.update({str(path.relative_to(small)): path for path in sorted(small.rglob("*")) if path.is_file()})
        lines = [f'<file alias="{name}">{path}</file>' for name, path in stored.items()]
        manifest = small / "console.gresource.xml"
        manifest.write_text(f'<gresources><gresource prefix="{PREFIX}">{"".join(lines)}</gresource></gresources>', encoding="utf-8")
        subprocess.run([compiler, "--generate-source", "--c-name", "jackfield_console", "--target", output, manifest], check=True)
    # Folders too: a file that comes or goes changes them.
    needed = [*files.values(), folder, *(path for path in folder.rglob("*") if path.is_dir())]
    escaped = " ".join(str(path).replace(" ", "\\ ") for path in needed)
    pathlib.Path(depfile).write_text(f"{output}: {escaped}\n", encoding="utf-8")


main()
