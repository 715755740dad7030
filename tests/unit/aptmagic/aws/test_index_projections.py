"""Index classes declare what infra/data.yaml projects: any other attribute would read as None."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.indexes import GlobalSecondaryIndex

import accounts
import aptmagic
import gallery
import generation
from aptmagic.aws.dynamodb import Item
from tests.templates import resources, template


def _item_classes(base: type[Item] = Item) -> Iterator[type[Item]]:
    for model in base.__subclasses__():
        yield model
        yield from _item_classes(model)


def _indexes() -> list[tuple[type[Item], GlobalSecondaryIndex[Any]]]:
    for app in (aptmagic, accounts, generation, gallery):
        for module in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if module.name.endswith(".models"):
                importlib.import_module(module.name)
    found = {
        (model.Meta.table_name, type(index)): (model, index)
        for model in _item_classes()
        for index in model._indexes.values()
    }
    return list(found.values())


def _projected(table_name: str, index_name: str) -> list[str]:
    """The attributes that the template projects, keys aside."""
    [table] = [
        each["Properties"]
        for each in resources("AWS::DynamoDB::Table", "data").values()
        if table_name.endswith(each["Properties"]["TableName"]["Sub"].removeprefix("${Stage}"))
    ]
    [index] = [each for each in table["GlobalSecondaryIndexes"] if each["IndexName"] == index_name]
    names = index["Projection"].get("NonKeyAttributes", [])
    if isinstance(names, dict):
        mapping, first, second = names["FindInMap"]
        names = template("data")["Mappings"][mapping][first][second]
    return list(names)


@pytest.mark.parametrize(
    ("model", "index"),
    _indexes(),
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_an_index_declares_only_projected_attributes(
    model: type[Item], index: GlobalSecondaryIndex[Any]
) -> None:
    declared = index.Meta.projection.non_key_attributes or []
    assert set(declared) <= set(_projected(model.Meta.table_name, index.Meta.index_name))
    assert len(set(declared)) == len(declared)


def test_every_projected_attribute_of_the_content_indexes_is_declared_by_a_reader() -> None:
    grid = [index for _, index in _indexes() if index.Meta.index_name == "grid"]
    assert len(grid) == 2, "posts and pictures share this index"
    declared = {name for index in grid for name in index.Meta.projection.non_key_attributes}
    assert declared == set(_projected("local-content", "grid"))
