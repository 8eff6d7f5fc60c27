"""What every table of a procedure file has in common: it is frozen, and it says where each value comes from (X3)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from cases.procedures.vocabulary import SOURCE_WORDS, Source

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]


def _sealed(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


# A definition is cached for the life of the process and shared by all requests, so its mappings are read-only too.
Seal = AfterValidator(_sealed)
Unseal = PlainSerializer(dict)


class Declared(BaseModel):
    """A table that carries a source mark: `source` for the whole table, `sources` for single keys that differ."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    mark_is_inherited: ClassVar[bool] = False
    """Whether the loader may fill in a missing mark from the table around this one."""

    source: Source
    sources: Annotated[Mapping[str, Source], Seal, Unseal] = Field(
        default_factory=dict, validate_default=True
    )
    document: str = ""
    """Key of the source document meant, when it is not the first one the file lists."""

    def source_of(self, name: str) -> Source:
        """Return where the value `name` of this table comes from. Raises KeyError for a name the table has not."""
        if name not in type(self).model_fields:
            raise KeyError(f"{type(self).__name__} has no value called {name!r}")
        return self.sources.get(name, self.source)

    def source_words_of(self, name: str) -> str:
        """Return the sentence pages show beside the value `name`: who set it (X3)."""
        return SOURCE_WORDS[self.source_of(name)]


def _source_may_be_left_out(schema: dict[str, Any]) -> None:
    """Editors must not ask for a mark that the loader fills in from the rung around it."""
    schema["required"] = [name for name in schema.get("required", []) if name != "source"]


class Part(Declared):
    """A small table inside another one; without a mark of its own it takes the mark of what it stands in."""

    mark_is_inherited: ClassVar[bool] = True
    model_config = ConfigDict(json_schema_extra=_source_may_be_left_out)
