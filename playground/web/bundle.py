"""Bundles ES modules into one script, without node: it joins the modules, each after the modules that it imports.

All modules share one scope, so no two modules may declare the same name at top level, and an import cannot rename. The
bundler reads only the forms that this project uses, each at the start of a line::

    import { a, b } from './other.js';
    export const a = ...     (also let, function, async function, class)
    export { a, b };        (declared or imported here)

It refuses every other import or export, and circular imports.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*'(\.[^']*)';$\n?", re.MULTILINE)
EXPORTS = re.compile(r"^export\s*\{([^}]*)\};$\n?", re.MULTILINE)
DECLARATION = re.compile(
    r"^(export )?(?:const|let|var|class|function\*?|async function\*?)\s+([\w$]+|[{\[])", re.MULTILINE
)
REST = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
COMMENT = re.compile(r"^/\*.*?\*/\n?|^//[^\n]*\n?", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"[A-Za-z_$][\w$]*")

Constants = Mapping[str, Any]  # name -> a value that JSON can hold


class BundleError(ValueError):
    """Modules that cannot be joined into one script. The message names the module and what to change."""


@dataclass(frozen=True)
class Module:
    """One ES module."""

    name: str  # its path below the root
    code: str  # its text without import and export
    imports: Mapping[str, tuple[str, ...]]  # name of another module -> names imported from it
    declares: tuple[str, ...]  # names declared at top level
    exports: tuple[str, ...]


def bundle(root: Path, entry: str, written: Mapping[str, Constants] | None = None) -> str:
    """One script with the module ``entry`` and all modules that it imports. It declares only the exports of ``entry``.
    Raises BundleError.

    written: modules of constants without a file, by name below the root; the script gets only the constants that are
    imported.
    """
    modules = in_order(root, entry, written or {})
    exports = ", ".join(modules[-1].exports)
    body = "\n".join(module.code for module in modules)
    return f"const {{ {exports} }} = (() => {{\n'use strict';\n{body}\nreturn {{ {exports} }};\n}})();\n"


def in_order(root: Path, entry: str, written: Mapping[str, Constants] | None = None) -> list[Module]:
    """The modules of a script, each after the modules that it imports. Raises BundleError. Arguments as for
    ``bundle``."""
    written = written or {}
    modules: dict[str, Module] = {}
    _visit(root, entry, written, modules, ())
    ordered = list(modules.values())
    _check_imports(modules)
    _check_names(ordered)
    return [_only_imported(module, ordered) if module.name in written else module for module in ordered]


def unused_exports(roots: Mapping[str, Sequence[Module]]) -> list[str]:
    """The exports that no module of any script imports, as ``module: name``; exports of entries count as used.

    roots: name of an entry -> the modules of its script.
    """
    modules = {module.name: module for modules in roots.values() for module in modules}
    used = {(name, each) for module in modules.values() for name, names in module.imports.items() for each in names}
    return [
        f"{module.name}: {name}"
        for module in modules.values()
        for name in module.exports
        if module.name not in roots and (module.name, name) not in used
    ]


def read_module(name: str, source: str) -> Module:
    """Read a module from its text. Raises BundleError for an import or export in another form."""
    source = COMMENT.sub("", source)
    imports: dict[str, tuple[str, ...]] = {}
    for match in IMPORT.finditer(source):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[2]))
        imports[target] = (*imports.get(target, ()), *_names(name, match[1]))
    code = IMPORT.sub("", source)
    declared = [(bool(match[1]), match[2]) for match in DECLARATION.finditer(code)]
    if any(declaration in "{[" for _, declaration in declared):
        raise BundleError(f"{name} takes several names apart at its top. Write one declaration for each name.")
    listed = [each for match in EXPORTS.finditer(code) for each in _names(name, match[1])]
    code = DECLARATION.sub(lambda match: match[0].removeprefix("export "), EXPORTS.sub("", code))
    if rest := REST.search(code):
        raise BundleError(f"{name} says {rest[0][:60]!r}, which the bundler does not read. {FORMS}")
    declares = tuple(each for _, each in declared)
    known = {*declares, *(each for names in imports.values() for each in names)}
    if unknown := [each for each in listed if each not in known]:
        raise BundleError(f"{name} exports {unknown[0]}, which it neither declares nor imports.")
    exports = tuple(each for exported, each in declared if exported) + tuple(listed)
    return Module(name, code.strip("\n"), imports, declares, exports)


FORMS = "Write import { a, b } from './other.js'; or export before a declaration."


def constant(name: str, value: Any) -> str:
    """A constant as a line of JavaScript, escaped so that no HTML parser finds a tag in it."""
    data = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return f"const {name} = {data};"


def _names(module: str, text: str) -> Iterator[str]:
    for name in filter(None, (part.strip() for part in text.split(","))):
        if not NAME.fullmatch(name):
            raise BundleError(f"{module} says {name!r} between braces, which the bundler does not read. {FORMS}")
        yield name


def _visit(
    root: Path, name: str, written: Mapping[str, Constants], modules: dict[str, Module], path: tuple[str, ...]
) -> None:
    """Add a module to ``modules`` after all modules that it imports. path: the chain of imports that led to it."""
    if name in path:
        raise BundleError(
            f"These modules import each other in a circle: {' -> '.join((*path[path.index(name) :], name))}."
        )
    if name in modules:
        return
    module = _load(root, name, written, path)
    for target in module.imports:
        _visit(root, target, written, modules, (*path, name))
    modules[name] = module


def _load(root: Path, name: str, written: Mapping[str, Constants], path: tuple[str, ...]) -> Module:
    if name in written:
        return _written(name, written[name])
    try:
        return read_module(name, (root / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        by = f"{path[-1]} imports" if path else "The script begins with"
        raise BundleError(f"{by} {name}, which is no file.") from None


def _written(name: str, constants: Constants) -> Module:
    code = "\n".join(constant(each, value) for each, value in constants.items())
    return Module(name, code, {}, tuple(constants), tuple(constants))


def _only_imported(module: Module, modules: Sequence[Module]) -> Module:
    """A module of constants, one per line, without the constants that no module imports."""
    wanted = {each for other in modules for each in other.imports.get(module.name, ())}
    kept = [line for each, line in zip(module.declares, module.code.splitlines()) if each in wanted]
    names = tuple(each for each in module.declares if each in wanted)
    return Module(module.name, "\n".join(kept), {}, names, names)


def _check_imports(modules: Mapping[str, Module]) -> None:
    for module in modules.values():
        for target, names in module.imports.items():
            exports = modules[target].exports
            for name in names:
                if name not in exports:
                    raise BundleError(
                        f"{module.name} imports {name} from {target}, which exports {', '.join(exports) or 'nothing'}."
                    )


def _check_names(modules: Sequence[Module]) -> None:
    homes: dict[str, str] = {}
    for module in modules:
        for name in module.declares:
            if name in homes:
                raise BundleError(
                    f"{homes[name]} and {module.name} both declare {name}. Give one of them another name."
                )
            homes[name] = module.name
        for target, names in module.imports.items():
            if clash := [name for name in names if name in module.declares]:
                raise BundleError(f"{module.name} declares {clash[0]} and imports it from {target}. Rename its own.")
