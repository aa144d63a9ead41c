"""The pages' style: fetched and checked at set-up, without fonts, source maps or another host; the pages name none either."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from caseload.web import assets
from caseload.web.assets import AXE, OTHER_HOST, STYLE, cleaned, fetch
from caseload.web.rendering import STATIC, compile_all, day, environment, moment, plain
from schemas.errors import CaselinkError

FONT = "@font-face{font-family:F;src:url(https://fonts.example/f.woff2)}"
CSS = FONT + "a{background:url(/assets/images/i.svg)}/*# sourceMappingURL=x.map */"
ELSEWHERE = {"package/dist/nhsuk/nhsuk-frontend-10.6.1.min.js": "fetch('https://elsewhere.example/x')"}
JS = "export{initAll};\n//# sourceMappingURL=x.js.map\n"
XML = "http://www.w3.org/"  # the name of a format, which no browser fetches


def packed(**more: str) -> bytes:
    files = {"package/dist/nhsuk/nhsuk-frontend-10.6.1.min.css": CSS, "package/dist/nhsuk/nhsuk-frontend-10.6.1.min.js": JS,
             "package/dist/nhsuk/assets/images/icon.svg": "<svg/>", "package/other.js": "not copied",
             "package/dist/nhsuk/assets/images/../../../../../escaped.svg": "<svg/>"}  # fmt: skip
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in (files | more).items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def npm_that_gives(content: bytes | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm of the test's own: it puts a file in the folder it is called in, or fails."""
    program = folder / "npm"
    (folder / "content").write_bytes(content or b"")
    program.write_text(f"#!/bin/sh\n{'exit 1' if content is None else f'/bin/cp {folder}/content ./p.tgz'}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", os.fspath(folder))


def test_style_and_script_are_copied_without_fonts_maps_and_other_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed()
    npm_that_gives(content, tmp_path, monkeypatch)
    package = replace(STYLE, sha512=hashlib.sha512(content).hexdigest())
    assert fetch(package, tmp_path / "vendor")
    found = {str(path.relative_to(tmp_path / "vendor")) for path in (tmp_path / "vendor").rglob("*") if path.is_file()}
    assert found == {".fetched", "nhsuk-frontend.min.css", "nhsuk-frontend.min.js", "images/icon.svg", "images/escaped.svg"}
    assert (tmp_path / "vendor" / "nhsuk-frontend.min.css").read_text() == "a{background:url(/static/vendor/images/i.svg)}"
    assert (tmp_path / "vendor" / "nhsuk-frontend.min.js").read_text() == "export{initAll};\n"
    assert not fetch(package, tmp_path / "vendor")


@pytest.mark.parametrize(
    ("content", "known", "code"),
    [
        (None, "", "E-ASSETS-NPM"),
        (packed(), "another", "E-ASSETS-DIGEST"),
        (
            packed(**ELSEWHERE),
            "",
            "E-ASSETS-HOST",
        ),
    ],
)
def test_what_cannot_be_had_or_is_another_file_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, known: str, code: str
) -> None:
    npm_that_gives(content, tmp_path, monkeypatch)
    package = replace(STYLE, sha512=known or hashlib.sha512(content or b"").hexdigest())
    with pytest.raises(CaselinkError, match=code):
        fetch(package, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_a_machine_without_a_network_is_told_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    npm_that_gives(None, tmp_path, monkeypatch)
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    assert assets.main([]) == 0
    assert "without NHS.UK's style" in capsys.readouterr().err
    assert assets.main(["--axe", str(tmp_path / "axe")]) == 1  # the tests need it


def test_packages_are_known_by_version_and_digest() -> None:
    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", each.version) for each in (STYLE, AXE))
    assert all(re.fullmatch("[0-9a-f]{128}", each.sha512) for each in (STYLE, AXE))


def test_no_template_and_no_file_that_is_served_names_another_host() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in STATIC.rglob("*") if path.suffix in (".css", ".js", ".svg")}
    templates = {path: path.read_text(encoding="utf-8") for path in (STATIC.parent / "templates").rglob("*.html")}
    assert len(templates) > 5
    named = [path.name for path, text in (texts | templates).items() if OTHER_HOST.search(text.replace(XML, ""))]
    assert named == []


def test_no_template_has_script_or_style_within() -> None:
    inline = re.compile(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
    found = [
        path.name for path in (STATIC.parent / "templates").rglob("*.html") if inline.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert inline.search('<a onclick="x">')  # the rule can be broken


def test_every_page_and_component_is_compiled_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = environment()
    count = compile_all(templates)
    monkeypatch.setattr(templates, "compile", lambda *_given: pytest.fail("compiled once more"))
    pages = [path.name for path in (STATIC.parent / "templates").glob("*.html")]
    assert [templates.get_template(name).name for name in pages] == pages
    assert count > len(pages)


def test_pages_are_whole_without_the_style(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("caseload.web.rendering.VENDOR", tmp_path)
    shown = environment().get_template("sign_in.html").render(area="Somewhere")
    assert "Sign in" in shown
    assert "/static/vendor/" not in shown


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, ""), (True, "yes"), (False, "no"), (12_345, "12,345"), (0.5, "0.5"), ("2026-11-28", "28 November 2026"),
     ("sus_apc", "sus apc"), ("*", "*")],
)  # fmt: skip
def test_figures_are_shown_as_people_read_them(value: object, words: str) -> None:
    assert plain(value) == words


def test_dates_and_times_are_said_in_words_and_by_londons_clock() -> None:
    assert [day(each) for each in (None, "", "2026-11-28")] == ["", "", "28 November 2026"]
    assert [moment(each) for each in (None, "2026-07-01T23:05:00+00:00", "2026-11-28T02:31:00+00:00")] == [
        "", "2 July 2026, 00:05", "28 November 2026, 02:31",
    ]  # fmt: skip
    assert cleaned("a{}") == "a{}"
