"""Stand-ins for the services that settings name: they draw at once and do as a prompt says."""

from io import BytesIO
from typing import Any

from PIL import Image

from generation.jobs import settlement, steps
from generation.jobs.models import Job
from generation.operations.operation import Inputs, Operation
from generation.operations.results import Declined, ImageResult
from generation.operations.validation import validate
from generation.providers import ProviderUnavailable


class FakeImageProvider:
    """A provider: the seed becomes a colour. `[decline]`, `[stumble]` and `[crash]` do that."""

    calls: list[int] = []

    def draw(self, operation: Operation, inputs: Inputs, *, seed: int) -> ImageResult | Declined:
        request = inputs.request
        self.calls.append(seed)
        if "[decline]" in request.prompt or f"[decline {seed}]" in request.prompt:
            return Declined("output", "The model’s content filter blocked the result.")
        if "[stumble]" in request.prompt:
            raise ProviderUnavailable("ThrottlingException")
        return ImageResult(png(seed), "Sketched for a test.")


class FakeModeration:
    """Moderation that minds the word “forbidden” and pictures that are pure red."""

    def refuses_text(self, words: str) -> bool:
        return "forbidden" in words

    def refuses_picture(self, picture: bytes) -> bool:
        with Image.open(BytesIO(picture)) as image:
            return image.getpixel((0, 0)) == (255, 0, 0)


def png(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (seed % 256, seed // 256 % 256, 200)).save(file, "PNG")
    return file.getvalue()


def prompt_request(prompt: str = "a lighthouse", **more: Any) -> Any:
    return validate(**{"model": "fast", "prompt": prompt, **more})


def run_workflow(job: Job) -> Job:
    """What the workflow does, in its order."""
    ids = {"user_id": job.user_id, "job_id": job.id}
    if steps.prepare(**ids):
        for number in range(len(job.slots)):
            if steps.draw(**ids, number=number) == steps.DrawResult.STORED:
                steps.derive(**ids, number=number)
    return settlement.settle(**ids)
