"""The pages: their examples run, their links lead somewhere, and the reference leaves nothing out."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import warnings
from importlib import import_module

import attrs
import pytest

from helpers import DOCS, NO_ROW, ROOT

pytest.importorskip(
    "autotune_benchmarks", reason="pages tell of the benchmarks, which are in no wheel"
)

PAGES = [
    ROOT / "README.md",
    *sorted(
        page
        for page in DOCS.rglob("*.md")
        if not {"_build", "generated"} & set(page.relative_to(DOCS).parts)
    ),
]
# These are run by tests of their own, which look at what is printed too.
RUN_ELSEWHERE = {"docs/logs.md": "test_logs_page.py"}
FENCE = re.compile(
    r"^(?P<marks>(?:<!--[^\n]*-->\n+)*)(?P<tick>`{3,})(?:python|\{code-cell\}[^\n]*)\n"
    r"(?P<code>.*?)^(?P=tick)\s*$",
    re.DOTALL | re.MULTILINE,
)


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def site():
    """Return the package that makes pages from the code, which is not a part of the distribution."""
    name = "documentation_site"
    if name not in sys.modules:
        folder = DOCS / "_site"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return name


def part(name):
    return import_module(f"{site()}.{name}")


def blocks(text):
    """Yield the Python of a page: what is to be run here, why some is not, and its first line."""
    for found in FENCE.finditer(text):
        code = "\n".join(
            line for line in found["code"].splitlines() if not line.startswith((":tags:", "%"))
        )
        skipped = re.search(r"<!-- not run: (.+?) -->", found["marks"])
        needs = re.search(r"<!-- needs: (.+?) -->", found["marks"])
        wanted = [] if needs is None else [each.strip() for each in needs[1].split(",")]
        missing = [each for each in wanted if importlib.util.find_spec(each) is None]
        line = text[: found.start("code")].count("\n")
        yield code, skipped is not None or missing != [], line


def with_examples():
    for page in PAGES:
        if name_of(page) not in RUN_ELSEWHERE and list(blocks(page.read_text(encoding="utf-8"))):
            yield page


@pytest.mark.parametrize("page", list(with_examples()), ids=name_of)
def test_the_examples_run(page, tmp_path, monkeypatch):
    found = list(blocks(page.read_text(encoding="utf-8")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, object] = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks stopped early say so
        for code, skip, line in found:
            if not skip:
                # The search of the README's first screen, cut short.
                run = "\n" * line + code.replace("n_trials=40", "n_trials=4")
                exec(compile(run, name_of(page), "exec"), names)  # noqa: S102


def test_pages_that_should_have_examples_have():
    without = {"index.md"}
    for page in PAGES:
        if page.parent.name in ("tutorial", "how-to", "notebooks") and page.name not in without:
            assert any(not skip for _, skip, _ in blocks(page.read_text(encoding="utf-8"))), page


LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def prose(text):
    """Return a page without its code."""
    text = re.sub(r"^(`{3,}|~{3,}).*?^\1\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "code", text)


def anchors(page):
    """Return the anchors of a page's headings, as GitHub and MyST name them."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    named = re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE)
    heads = re.findall(r"^#+ +(.+?)\s*$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", head).replace("`", "") for head in heads)
    return {*named, *(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in plain)}


def generated():
    """Return the pages that a build makes from the code."""
    folder = DOCS / "reference" / "generated"
    api, catalogue = part("api"), part("catalogue")
    return {
        folder / "columns.md",
        folder / "api" / "index.rst",
        *(folder / "api" / f"{group.name}.rst" for group in api.groups()),
        *(folder / "catalogue" / f"{name}.md" for name in catalogue.pages()),
    }


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name_of
)
def test_links_lead_somewhere(page):
    text = prose(page.read_text(encoding="utf-8"))
    made = generated()
    for target in [*LINK.findall(text), *IMAGE.findall(text)]:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists() or there in made, f"{name_of(page)}: {target}"
        if anchor and there.suffix == ".md" and there not in made:
            assert anchor in anchors(there), f"{name_of(page)}: {target}"


def test_contents_list_pages_that_exist():
    made = {each.with_suffix("") for each in generated()}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            for entry in tree.splitlines():
                if entry.strip() == "" or entry.startswith((":", "%")):
                    continue
                there = page.parent / entry
                if "*" in entry:
                    assert any(each.match(str(there)) for each in made) or any(
                        page.parent.glob(f"{entry}.md")
                    )
                else:
                    assert there.with_name(f"{there.name}.md").exists() or there in made, entry


def public():
    for group in part("api").groups():
        loaded = import_module(group.module)
        for name in group.names:
            thing = getattr(loaded, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                yield group.module, name, thing


def test_every_public_name_is_in_the_reference():
    api = part("api")
    listed = {(group.module, name) for group in api.groups() for name in group.names}
    things = {id(getattr(import_module(module), name)) for module, name in listed}
    kept = {module for module, _ in api.public_modules()}
    assert kept >= {"autotune", "autotune_strategies", "autotune.testing", "autotune.analysis"}
    assert any(module.startswith("autotune_benchmarks.") for module in kept)
    for module, loaded in api.public_modules():
        for name in loaded.__all__:
            thing = getattr(loaded, name)
            assert inspect.ismodule(thing) or (module, name) in listed or id(thing) in things


# In the others are what these take and return, shown by the examples of these.
WITH_EXAMPLES = (
    "autotune",
    "autotune_strategies",
    "autotune_strategies.recipes",
    "autotune.testing",
    "autotune.errors",
)
EXAMPLES_TOO = {
    "autotune.interchange": {"export_results", "import_results", "merge", "trials_table"},
    "autotune.log": {"Archive", "DirectoryLog", "Log", "MemoryLog", "check_log", "compact"}
    | {"copy_log"},
    "autotune.objective": {"CommandObjective", "CoroutineObjective", "StepwiseObjective"},
    "autotune.replay": {"backtest", "counterfactual", "explain", "fork", "state_at"}
    | {"verify_many"},
    "autotune.space": {"read_space", "write_space"},
    "autotune.strategy": {"Key", "Strategy"},
    "autotune.study": {"Measurement", "Study"},
    "autotune.tuner": {"TuneResult"},
}


def wants_example(module, name):
    return module in WITH_EXAMPLES or name in EXAMPLES_TOO.get(module, ())


def told_of(function, module):
    """Return what a docstring tells of parameters, there or in the display it is short for."""
    told = part("docstrings").parameters(function)
    see = re.search(r"see ``(\w+Display)\b", inspect.getdoc(function) or "")
    if told or see is None:
        return told
    display = getattr(module, see[1])
    return told_of(getattr(display, "from_study", None) or display.from_studies, module)


def test_every_public_docstring_is_whole():
    docstrings = part("docstrings")
    wanting = []
    listed = {(module, name) for module, name, _ in public()}
    assert listed >= {(module, name) for module, names in EXAMPLES_TOO.items() for name in names}
    for module, name, thing in public():
        if not docstrings.summary(thing).endswith((".", "?", ":")):
            wanting.append(f"{module}.{name} has no first line that is a sentence")
        examples = docstrings.section(thing, "Examples") or ""
        if wants_example(module, name) and ">>> " not in examples:
            wanting.append(f"{module}.{name} has no example")
        if attrs.has(thing):
            told = docstrings.parameters(thing)
            wanting += [
                f"{module}.{name} tells nothing of {field.name}"
                for field in attrs.fields(thing)
                if field.init and (field.alias or field.name) not in told
            ]
        elif inspect.isfunction(thing):
            told = told_of(thing, import_module(module))
            wanting += [
                f"{module}.{name} tells nothing of {each}"
                for each in inspect.signature(thing).parameters
                if each not in told
            ]
    assert wanting == []


def test_the_dictionary_of_columns_says_what_the_log_writes():
    from autotune.log.schema import schema_for
    from autotune.study.events import KINDS

    columns = part("columns")
    page = columns.page()
    schema = schema_for(columns.SPACE)
    told = {column: kind for event in KINDS for _, column, kind, _ in columns.rows(event)}
    for field in schema:
        if field.name.startswith("param_"):
            name = field.name.removeprefix("param_")
            kind = str(field.type).replace("item: ", "")
            assert f"| `{columns.SPACE[name]!r}` | `{kind}` |" in page
        elif field.name in columns.COMMON_WORDS:
            assert (
                f"| `{field.name}` | `{field.type}` | {columns.COMMON_WORDS[field.name]} |" in page
            )
        else:
            assert told[field.name].startswith(f"`{str(field.type).replace('item: ', '')}`")
    assert set(told) - {"param_<name>"} == {
        name for name in schema.names if not name.startswith("param_")
    } - set(columns.COMMON_WORDS)
    assert all(words for event in KINDS for *_, words in columns.rows(event))
    assert [kind.__name__ for kind in KINDS] == re.findall(
        r"^## (\w+)\n\n\w[^|]+\n\n\| field", page, re.MULTILINE
    )


def test_the_catalogue_leaves_nothing_out():
    catalogue = part("catalogue")
    pictures = part("pictures").PICTURES
    entries = catalogue.entries()
    names = {entry.name for entry in entries}
    assert names == set(pictures)
    results = catalogue.ablation()
    assert names <= set(results.by_component) | set(results.in_base) | set(NO_ROW)
    assert {entry.page for entry in entries} == set(catalogue.pages())
    for name in catalogue.pages():
        text = catalogue.page(name)
        here = [entry.name for entry in entries if entry.page == name]
        assert here == re.findall(r"^## (\w+)$", text, re.MULTILINE)
        assert here == re.findall(r"\]\(pictures/(\w+)\.svg\)$", text, re.MULTILINE)


def test_the_ablation_is_told_beside_the_component_it_is_about():
    results = part("catalogue").ablation()
    for name, label in (
        ("Greedy", "greedy"),
        ("Crossover", "near: crossover"),
        ("Racing", "racing"),
        ("LocalPerturbation", "anywhere only"),  # what is missing there
        ("random_walk", "random_walk"),
    ):
        assert label in [row.label for row in results.by_component[name]], name


@pytest.mark.parametrize(
    "name",
    [
        *("OneFifthRule", "PairedTest", "Racing", "Patience", "Sobol", "StudentTStep", "Crossover"),
        *("Geometric", "SequenceChange", "Ridge", "KernelNeighbourhood", "Ranks", "PerSecond"),
    ],
)
def test_a_picture_shows_something(name):
    pictures = part("pictures")
    figure = pictures.plotted(pictures.PICTURES[name])
    (ax, *_) = figure.axes
    assert ax.has_data()
    assert ax.get_xlabel() != ""
    assert ax.get_ylabel() != ""


def test_formulas_are_whole():
    pytest.importorskip("latex2mathml")
    pytest.importorskip("sphinx")
    shown = part("mathml").mathml(r"f \sim \mathcal{GP}(0, k), \quad \log p")
    assert "script" not in shown
    assert "<mo>&#x0223C;</mo>" in shown


def test_signatures_show_defaults_as_they_are_written():
    from autotune_strategies import Regression, Unseen

    signature_of = part("signatures").signature_of
    assert signature_of(Unseen) == "(of, tries=4)"
    assert "weights=EvenWeights()" in signature_of(Regression)
