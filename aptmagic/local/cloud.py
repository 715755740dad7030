"""The embedded cloud: one process on 127.0.0.1 that behaves as AWS does and persists its state.

ministack implements most services. Bedrock's image models, guardrails and Rekognition are
implemented here, with the services' own wire format. Run it with
`python -m aptmagic.local.cloud --port 4566 --dir .local`.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aptmagic.local import (
    bedrock,
    cognito,
    fault_injection,
    moderation,
    persistence,
    prompt_preview,
    protocol,
    queues,
    running_cloud,
    s3_disk,
)
from aptmagic.local.listening import StartupError, listen
from aptmagic.local.protocol import Receive, Scope, Send
from aptmagic.local.render_pool import RenderPool

# Operations that change nothing.
READ_OPERATIONS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "Head")

EXIT_UNSAVED = 3  # the exit status when the last changes could not be saved


def main() -> int:
    options = _options()
    try:
        folder = _lock_folder(options.dir)
        listener = listen(
            options.port, purpose="the embedded cloud", instead=f"CLOUD_PORT={options.port + 1}"
        )
    except StartupError as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    _pin_settings(folder / "cloud", listener.getsockname()[1])
    for name in persistence.restore_damaged(folder / "cloud" / "state"):
        print(f"The saved state of {name} was damaged; restored the previous save.", flush=True)
    saved = asyncio.new_event_loop().run_until_complete(_serve(folder, listener))
    with suppress(OSError):  # the log may be on a full disk, too
        sys.stderr.flush()
    # A normal exit would wait for all threads and unfinished pictures.
    os._exit(0 if saved else EXIT_UNSAVED)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m aptmagic.local.cloud", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 for any free port")
    parser.add_argument("--dir", type=Path, default=running_cloud.FOLDER)
    return parser.parse_args()


def _lock_folder(folder: Path) -> Path:
    try:
        (folder / "cloud" / "state").mkdir(parents=True, exist_ok=True)
        running_cloud.lock(folder)
        # Lambda packages are unpacked here; a killed cloud leaves them behind.
        shutil.rmtree(folder / "cloud" / "tmp", ignore_errors=True)
        (folder / "cloud" / "tmp").mkdir()
    except running_cloud.AlreadyRunning as error:
        where = running_cloud.find(folder)
        at = f" (process {where.pid}, port {where.port})" if where else ""
        raise StartupError(
            f"An embedded cloud is already running in {folder}/{at}. Use that one, or stop it with "
            "Ctrl-C in its terminal."
        ) from error
    except OSError as error:
        raise StartupError(f"Cannot write to {folder}/: {error.strerror}.") from error
    return folder.resolve()


def _pin_settings(folder: Path, port: int) -> None:
    """ministack reads these variables when it is imported."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MINISTACK_"))]:
        del os.environ[name]
    os.environ.update(
        AUTH="true",  # roles, policies and Cognito's rules are enforced, as on AWS
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        MINISTACK_HOST="127.0.0.1",  # *.localhost may not resolve
        IOT_MTLS_ENABLED="0",  # would listen on every interface
        SFTP_ENABLED="0",
        DOCKER_HOST="unix:///nonexistent",  # nothing here needs containers
        PERSIST_STATE="1",
        STATE_DIR=str(folder / "state"),
        S3_PERSIST="1",  # objects are written as they come
        S3_DATA_DIR=str(folder / "s3"),
        LAMBDA_EXECUTOR="local",
        LAMBDA_WARM_TTL_SECONDS="120",
        TMPDIR=str(folder / "tmp"),
        LOG_LEVEL="WARNING",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  nobody's
        AWS_DEFAULT_REGION="us-east-1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
    )


async def _serve(folder: Path, listener: socket.socket) -> bool:
    """Serve until stopped. Returns whether the last changes were saved."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    ministack = _ministack()
    for name in ("dynamodb", "stepfunctions"):
        persistence.read_without_copying(ministack._get_module(name))
    queues.install(ministack._get_module("sqs"))
    s3_disk.install(ministack._get_module("s3"))
    cognito.install(ministack._get_module("cognito"))
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    saver = persistence.StateSaver(
        folder / "cloud" / "state", ministack._build_persistence_save_dict, loop
    )
    answer = Cloud(ministack.app, saver, ready=lambda: _announce(folder, listener))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = 0.5
    config.loglevel = "WARNING"
    try:
        await serve(answer, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]  # it returns True, not None
    finally:
        running_cloud.remove(folder)
        await asyncio.to_thread(saver.stop)
        saved = _save_all(saver)
        answer.render_pool.close()
    return saved


def _save_all(saver: persistence.StateSaver) -> bool:
    try:
        saver.save(saver.snapshot())
    except OSError as error:
        logging.error("the last changes could not be saved: %s", error.strerror)
        return False
    return True


def _ministack() -> Any:
    """Imported late, since it reads its settings when imported."""
    from ministack import app

    return app


def _announce(folder: Path, listener: socket.socket) -> None:
    """Record the address once the port accepts connections."""
    listener.listen()
    running_cloud.announce(folder, _port(listener))


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


class Cloud:
    """The ASGI application: our own services, and ministack for the others."""

    def __init__(self, ministack: Any, saver: persistence.StateSaver, ready: Callable[[], Any]):
        ordered = fault_injection.FaultInjector()
        self.render_pool = RenderPool()
        self._bedrock = bedrock.Bedrock(self.render_pool, ordered)
        self._guardrail = moderation.Guardrail(ordered)
        self._rekognition = moderation.Rekognition(ordered)
        self._ministack = ministack
        self._saver = saver
        self._ready = ready
        self._stacks = LazyCloudFormation()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(scope, receive, send)
        if service := self._ours(scope):
            return await protocol.serve(service, scope, receive, send)
        if _is_for(scope, b"cloudformation"):
            await self._stacks.loaded()
        await self._ministack(scope, receive, send)
        if scope["type"] == "http" and not _is_read(scope):
            self._saver.touch()

    def _ours(self, scope: Scope) -> protocol.Service | None:
        if scope["type"] != "http":
            return None
        if scope["method"] == "GET" and bedrock.is_availability_request(scope["path"]):
            return bedrock.availability
        if scope["method"] != "POST":
            return None
        if bedrock.is_invoke_model(scope["path"]):
            return self._bedrock
        if scope["path"] == prompt_preview.PATH:
            return prompt_preview.answer
        if moderation.ROUTE.fullmatch(scope["path"]):
            return self._guardrail
        return self._rekognition if _target(scope) == moderation.TARGET else None

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def announced(message: dict[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._on_startup()

        await self._ministack(scope, receive, announced)

    def _on_startup(self) -> None:
        _ministack().PERSIST_STATE = False  # our own StateSaver saves from here on
        self._saver.start()
        self._ready()
        self.render_pool.warm_up()


class LazyCloudFormation:
    """Loads CloudFormation on first use.

    It imports all of ministack's services, which takes over a second, and only deployments need it.
    """

    def __init__(self) -> None:
        self._module = _ministack()._state_map.pop("cloudformation")
        self._loading: asyncio.Task[None] | None = None

    async def loaded(self) -> None:
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        await asyncio.shield(self._loading)

    def _load(self) -> None:
        ministack = _ministack()
        stacks = ministack._get_module(self._module)
        if state := persistence.load_saved("cloudformation"):
            stacks.load_persisted_state(state)
        ministack._state_map["cloudformation"] = self._module  # from now on it is saved, too


def _is_for(scope: Scope, service: bytes) -> bool:
    """Whether the request is signed for this service."""
    signed = (value for name, value in scope["headers"] if name.lower() == b"authorization")
    return any(b"/" + service + b"/aws4_request" in value for value in signed)


def _is_read(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return True
    return _target(scope).rpartition(".")[2].startswith(READ_OPERATIONS)


def _target(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name.lower() == b"x-amz-target":
            return str(value.decode("latin-1"))
    return ""


if __name__ == "__main__":
    sys.exit(main())
