"""`manage.py procedures`: list, check, publish and draw procedures, and export the schema for editors."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.procedures.definitions import Procedure
from cases.procedures.drawing import describe, draw
from cases.procedures.loading import (
    Problem,
    ProcedureError,
    load_file,
    load_shipped,
    load_text,
    problems_in,
    read_text,
    shipped_files,
)


class Command(BaseCommand):
    help = "Work with the procedures areas have laid down: one TOML file each. See docs/procedures.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare one sub-command for each thing to do."""
        todo = parser.add_subparsers(dest="todo", required=True, metavar="list|check|publish|draw|schema")

        listing = todo.add_parser(
            "list", help="list the procedures that come with the service and those published"
        )
        listing.add_argument("--json", action="store_true", help="print as JSON")
        listing.set_defaults(run=self.run_list)

        check = todo.add_parser(
            "check", help="name every mistake in a file: line, key, what is wrong, how to mend it"
        )
        check.add_argument("file", help="the TOML file")
        check.add_argument("--json", action="store_true", help="print as JSON")
        check.set_defaults(run=self.run_check)

        publish = todo.add_parser("publish", help="store a file as a version that never changes again")
        publish.add_argument("file", nargs="?", help="the TOML file")
        publish.add_argument(
            "--all", action="store_true", help="publish every procedure that comes with the service"
        )
        publish.add_argument("--json", action="store_true", help="print as JSON")
        publish.set_defaults(run=self.run_publish)

        drawing = todo.add_parser("draw", help="draw the ladder as SVG")
        drawing.add_argument(
            "id", nargs="?", help="key of a procedure that comes with the service, or a TOML file"
        )
        drawing.add_argument(
            "--all", action="store_true", help="draw all that come with the service into the folder --out"
        )
        drawing.add_argument("--out", help="write to this file (with --all: folder) instead of the screen")
        drawing.add_argument("--text", action="store_true", help="say it in words instead")
        drawing.set_defaults(run=self.run_draw)

        schema = todo.add_parser("schema", help="print the JSON Schema of a procedure file, for editors")
        schema.add_argument("--out", help="write to this file instead of the screen")
        schema.set_defaults(run=self.run_schema)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the sub-command; a mistake in a file ends with exit code 1 and every problem named."""
        try:
            options["run"](**options)
        except ProcedureError as error:
            self._problems(error.problems, as_json=bool(options.get("json")))

    def run_list(self, *, json: bool, **options: Any) -> None:
        """List shipped files with what is published of each, and published procedures of an area's own."""
        from cases.models.procedure import ProcedureVersion

        versions = list(ProcedureVersion.objects.defer("text").order_by("key", "published_at"))
        shipped = shipped_files()
        stored = {version.key: [v.version for v in versions if v.key == version.key] for version in versions}
        titles = {version.key: version.title for version in versions}
        titles |= {key: load_shipped(key).title for key in shipped}
        comes_as = {key: load_shipped(key).version for key in shipped}
        if json:
            return self._print_json(
                [
                    {
                        "key": key,
                        "title": titles[key],
                        "shipped_version": comes_as.get(key),
                        "published_versions": stored.get(key, []),
                    }
                    for key in sorted(titles)
                ]
            )
        for key in sorted(titles):
            comes = f"comes as version {comes_as[key]}" if key in comes_as else "an area's own"
            self.stdout.write(
                f"{key}: {titles[key]} ({comes}; published: {', '.join(stored.get(key, [])) or 'none'})"
            )
        return None

    def run_check(self, *, file: str, json: bool, **options: Any) -> None:
        """Check one file and end with an error if it has mistakes."""
        text = read_text(file)
        if problems := problems_in(text, Path(file).name):
            self._problems(problems, as_json=json)
        procedure = load_text(text, Path(file).name)
        if json:
            return self._print_json({"key": procedure.key, "version": procedure.version, "problems": []})
        self.stdout.write(
            f"{Path(file).name}: {procedure.title}, version {procedure.version}, has no mistakes."
        )
        return None

    def run_publish(self, *, file: str | None, all: bool, json: bool, **options: Any) -> None:
        """Publish one file, or all that come with the service."""
        from django.utils.timezone import now

        from accounts.audit import THE_SERVICE
        from cases.procedures.publishing import PublishError, publish, publish_shipped

        if bool(file) == all:
            raise CommandError("Say which: a FILE, or --all for those that come with the service.")
        try:
            if all:
                done = publish_shipped(by=THE_SERVICE, at=now())
            else:
                text, name = read_text(str(file)), Path(str(file)).name
                done = [publish(text, name=name, by=THE_SERVICE, at=now())]
        except PublishError as error:
            raise CommandError(str(error)) from error
        if json:
            return self._print_json(
                [
                    {
                        "id": one.version.pk,
                        "key": one.version.key,
                        "version": one.version.version,
                        "new": one.created,
                    }
                    for one in done
                ]
            )
        for one in done:
            verb = "published" if one.created else "was published already"
            self.stdout.write(f"{one.version.key} version {one.version.version} {verb}.")
        return None

    def run_draw(self, *, id: str | None, all: bool, out: str | None, text: bool, **options: Any) -> None:
        """Draw a shipped procedure, the one in a file, or all shipped ones into a folder."""
        if all:
            if id or text or out is None:
                raise CommandError(
                    "--all draws every procedure that comes with the service into the folder --out."
                )
            for key in shipped_files():
                self._write(draw(load_shipped(key)), str(Path(out) / f"{key}.svg"))
            return
        if id is None:
            raise CommandError("Say which: the key of a procedure, a FILE, or --all with --out FOLDER.")
        procedure = self._find(id)
        self._write(describe(procedure) if text else draw(procedure), out)

    def run_schema(self, *, out: str | None, **options: Any) -> None:
        """Print the JSON Schema that editors check a procedure file against."""
        self._write(json.dumps(Procedure.model_json_schema(), indent=2), out)

    def _find(self, name: str) -> Procedure:
        if name in shipped_files():
            return load_shipped(name)
        if name.endswith(".toml"):
            return load_file(name)
        known = ", ".join(shipped_files())
        raise CommandError(
            f'There is no procedure "{name}". Known: {known}; or give a file that ends in .toml.'
        )

    def _problems(self, problems: list[Problem], *, as_json: bool) -> None:
        if as_json:
            self._print_json({"problems": [problem.as_dict() for problem in problems]})
        else:
            for problem in problems:
                self.stderr.write(str(problem))
        count = len(problems)
        raise CommandError(f"{count} mistake{'' if count == 1 else 's'} in {problems[0].file}.")

    def _write(self, text: str, out: str | None) -> None:
        if out is None:
            self.stdout.write(text)
            return
        try:
            Path(out).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written ({error.strerror}).") from error

    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2))
