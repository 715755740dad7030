"""The pictures that a request starts from: found when it is submitted, read when it is drawn."""

from django.utils.translation import gettext as _

from aptmagic.aws import storage
from aptmagic.errors import Invalid, NotFound
from generation.library import picture_files, pictures
from generation.library.models import Picture
from generation.operations.operation import Operation, Request, Size


def sizes(user_id: str, operation: Operation, request: Request) -> dict[str, Size]:
    """Width and height in pixels of each input, by field.

    Raises Invalid for a picture that is not this person's, or no longer.
    """
    found: dict[str, Size] = {}
    for field in operation.inputs:
        try:
            picture = _find(user_id, request, field)
        except NotFound as error:
            sentence = _("Choose one of your pictures.")
            raise Invalid(sentence, fields={field: [sentence]}) from error
        if picture:
            found[field] = (int(picture.width), int(picture.height))
    return found


def read(user_id: str, operation: Operation, request: Request) -> dict[str, bytes]:
    """Each input as a PNG file, by field. Raises NotFound for one that was deleted meanwhile."""
    found = {field: _find(user_id, request, field) for field in operation.inputs}
    return {field: _read(picture) for field, picture in found.items() if picture}


def _find(user_id: str, request: Request, field: str) -> Picture | None:
    """None where the field is left empty. Raises NotFound."""
    name = getattr(request, field)
    return pictures.get_own(user_id, name.removeprefix("picture:")) if name else None


def _read(picture: Picture) -> bytes:
    folder = picture_files.folder(picture.owner_id, picture.id)
    try:
        return storage.private().read(folder + picture_files.ORIGINAL)
    except FileNotFoundError as error:
        raise NotFound() from error
