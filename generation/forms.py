"""A form for each operation: it takes what was typed, and the operation's fields check it."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid
from generation.operations import catalogue
from generation.operations.fields import Field, TextField
from generation.operations.operation import Operation, Request
from generation.operations.validation import validate


@dataclass(frozen=True)
class Price:
    """Credits for `count` pictures; `least` is the cheapest model's price of one picture."""

    count: int
    credits: int
    least: int


class TypedField(forms.CharField):
    """Accepts any text, NUL included; the operation's field validates it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)
        self.validators.clear()


class OperationForm(forms.Form):
    """`request` holds the operation's Request when the form is valid."""

    operation: ClassVar[Operation]

    model = TypedField(label=_("Model"))
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    request: Any

    @property
    def price(self) -> Price:
        """What the form costs as it stands; one picture of the first model until it is valid."""
        operation = self.operation
        models = operation.models
        model = catalogue.find_model(self["model"].value() or "", operation.name) or models[0]
        typed = str(self["count"].value() or "") if "count" in self.fields else ""
        most: Any = getattr(operation.fields.get("count"), "max", 1)
        count = int(typed) if typed.isdecimal() and 1 <= int(typed) <= most else 1
        request = Request(operation=operation.name, model=model.id, count=count)
        least = min(each.credits for each in models)
        return Price(count, operation.credits(request), least)

    def clean(self) -> dict[str, Any]:
        values = {**(super().clean() or {})}
        values["key"] = values.get("key") or new_id()
        model = values.get("model") or self.operation.models[0].slug
        typed = {
            name: field.parse(values[name])
            for name, field in self.operation.fields.items()
            if (values.get(name) or "").strip()
        }
        try:
            self.request = validate(operation=self.operation.name, model=model, **typed)
        except Invalid as error:
            for name, sentences in error.fields.items():
                if name not in self.errors:
                    self.add_error(name, sentences)
        return values


@cache
def form_class(operation: Operation) -> type[OperationForm]:
    """The operation's form, its fields in the order of the catalogue."""
    typed = {name: _form_field(field) for name, field in operation.fields.items()}
    return type("OperationForm", (OperationForm,), {"operation": operation, **typed})


def _form_field(field: Field) -> TypedField:
    widget = forms.Textarea if isinstance(field, TextField) else forms.TextInput
    return TypedField(label=_(field.label), widget=widget)
