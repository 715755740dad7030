"""Values from a form, the API or an archive become a request, or one sentence a wrong field."""

from collections.abc import Iterable, Mapping
from typing import Any

from aptmagic.errors import Invalid
from generation.operations import catalogue, registry
from generation.operations.fields import InvalidValue
from generation.operations.operation import Operation, Request


def validate(*, operation: str = registry.DEFAULT, model: str, **values: Any) -> Any:
    """The operation's own kind of Request. A value that is left out, or None, gets its default.

    Raises Invalid with one sentence for each wrong field, and TypeError for a field that the
    operation does not have.
    """
    asked = registry.get(operation)
    if unknown := values.keys() - asked.fields.keys():
        raise TypeError(f"{operation} has no {', '.join(sorted(unknown))}")
    if found := errors(asked, {"model": model, **values}, [*asked.fields]):
        raise Invalid(next(iter(found.values()))[0], fields=found)
    chosen = catalogue.get_model(model, operation)
    cleaned = {name: each.clean(values.get(name)) for name, each in asked.fields_of(chosen).items()}
    # Bedrock reads 0 as "choose one", as everybody else does who leaves it out.
    if "seed" in cleaned:
        cleaned["seed"] = cleaned["seed"] or None
    request: Request = asked.request_class(operation=operation, model=chosen.id, **cleaned)
    return request


def errors(
    operation: Operation, values: Mapping[str, Any], names: Iterable[str]
) -> dict[str, list[str]]:
    """A sentence for each of the fields `names` whose value is wrong, and for a wrong model."""
    found: dict[str, list[str]] = {}
    model = catalogue.find_model(values.get("model", ""), operation.name)
    fields = operation.fields_of(model)
    for name in names:
        try:
            fields[name].clean(values.get(name))
        except InvalidValue as error:
            found[name] = [str(error)]
    if "model" in values and model is None:
        found["model"] = [_model_error(values["model"], operation)]
    return found


def _model_error(name: str, operation: Operation) -> str:
    try:
        catalogue.get_model(name, operation.name)
    except Invalid as error:
        return str(error)
    return ""
