"""The Hugging Face Hub: one guarded commit, verified by content, tagged, then public.

``upload_folder`` makes several commits, of which only the first is guarded: ``create_commit`` makes one (docs/adr).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tracekit.errors import NothingMatchedError, PublishRefusedError, SourceUnreachableError, TracekitError, UsageError
from tracekit.publish.release import Release
from tracekit.publish.target import MovedError, Place, Plan, compare, refuse_difference

if TYPE_CHECKING:
    from huggingface_hub import HfApi

HUB = "https://huggingface.co"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_BRANCH = "main"
# Made by the Hub itself.
_OWN = {".gitattributes"}
_KIND = "dataset"


def check_endpoint(endpoint: str, *, allowed: bool) -> str:
    """Returns an address that the token may be sent to.

    Raises:
        UsageError: It is neither the Hub nor this machine, and was not allowed by name.
    """
    parts = urlsplit(endpoint)
    is_local = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
    if endpoint.rstrip("/") == HUB or is_local or (allowed and parts.scheme == "https" and parts.hostname):
        return endpoint.rstrip("/")
    fix = "unset HF_ENDPOINT, or add --allow-endpoint if it is meant (https only)"
    raise UsageError(f"{endpoint} is not the Hub: the token would be sent there", fix)


def open_target(place: Place) -> Hub:
    """Returns the repository of a Hub.

    Raises:
        UsageError: The address is not allowed, or there is no token to write with.
    """
    endpoint = check_endpoint(place.endpoint or os.environ.get("HF_ENDPOINT") or HUB, allowed=place.allow_endpoint)
    token = (os.environ.get("HF_TOKEN") or "").strip() or None
    if place.writes and token is None:
        raise UsageError(
            "there is no token to publish with", "set HF_TOKEN to a token with write access: https://huggingface.co/settings/tokens"
        )
    hub = Hub(place.repo, endpoint, token, private=place.private)
    if place.writes:
        hub.check_token()
    return hub


def _connect(endpoint: str, token: str | None) -> HfApi:
    # Read when the client is imported.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    if endpoint != HUB:
        # Another server may know no Xet, and the client does not fall back.
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise UsageError("huggingface_hub is not installed", "pip install 'workload-tracekit[publish]'") from error
    return HfApi(endpoint=endpoint, token=token or False)


class Hub:
    """A dataset repository of a Hub."""

    def __init__(self, repo: str, endpoint: str, token: str | None, *, private: bool) -> None:
        self.where = f"{endpoint}/datasets/{repo}"
        self._repo = repo
        self._endpoint = endpoint
        self._token = token
        self._private = private
        self._api = _connect(endpoint, token)
        self._operations: list[Any] = []

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns the client's errors into ours; what the Hub says is repeated without the token."""
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

        try:
            yield
        except RepositoryNotFoundError as error:
            raise self._no_repo() from error
        except HfHubHTTPError as error:
            raise self._refused(error) from error
        except (httpx2.HTTPError, ConnectionError, TimeoutError) as error:
            again = "run it again: it goes on from where it is"
            raise SourceUnreachableError(f"{self.where} cannot be reached: {self._clean(error)}", again) from error

    def _clean(self, error: object) -> str:
        text = " ".join(str(error).split())[:300]
        return text.replace(self._token, "***") if self._token else text

    def _no_repo(self) -> TracekitError:
        seen = "" if self._token else ", or cannot be seen without a token (HF_TOKEN)"
        return NothingMatchedError(f"{self.where} is not there{seen}")

    def _refused(self, error: Any) -> TracekitError:
        status = error.response.status_code
        if status == 401:
            return PublishRefusedError(
                f"{self._endpoint} does not take the token in HF_TOKEN: it is wrong or has expired", "make a new one with write access"
            )
        if status == 403:
            return PublishRefusedError(f"the token in HF_TOKEN may not write to {self._repo}", "use one with write access to the namespace")
        said = self._clean(error.server_message or error)
        if status >= 500 or status == 429:
            return SourceUnreachableError(f"{self.where} answered {status}: {said}", "run it again: it goes on from where it is")
        return PublishRefusedError(f"{self.where} answered {status}: {said}")

    def check_token(self) -> None:
        """Refuses a token that the Hub does not take, or that may not write to the namespace."""
        with self._asking():
            me = self._api.whoami()
        space = self._repo.partition("/")[0]
        if space not in {me["name"], *(org["name"] for org in me.get("orgs", []))}:
            raise PublishRefusedError(f"the token in HF_TOKEN is {me['name']}'s, who may not write to {space}", "choose another --repo")

    def versions(self) -> dict[str, str]:
        """Tags and the commits that they stand on; none where there is no repository."""
        try:
            with self._asking():
                refs = self._api.list_repo_refs(self._repo, repo_type=_KIND)
        except NothingMatchedError:
            return {}
        return {tag.name: tag.target_commit for tag in refs.tags}

    def _head(self) -> str | None:
        try:
            with self._asking():
                refs = self._api.list_repo_refs(self._repo, repo_type=_KIND)
        except NothingMatchedError:
            return None
        return next((branch.target_commit for branch in refs.branches if branch.name == _BRANCH), None)

    def _files(self, revision: str | None) -> dict[str, str]:
        from huggingface_hub.hf_api import RepoFile

        with self._asking():
            entries = list(self._api.list_repo_tree(self._repo, recursive=True, revision=revision, repo_type=_KIND))
        files = [entry for entry in entries if isinstance(entry, RepoFile) and entry.path not in _OWN]
        return {entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id for entry in files}

    def plan(self, release: Release, version: str) -> Plan:
        """Compares with the head of main, or with the version if it is there."""
        tagged, head = self.versions().get(version), self._head()
        there = self._files(tagged or head) if tagged or head else {}
        return compare(release, there, head, tagged)

    def put(self, release: Release, plan: Plan) -> Plan:
        """Makes the repository (private) where there is none, and uploads the large files; they are nowhere to be seen yet."""
        from huggingface_hub import CommitOperationAdd

        if plan.head is None:
            with self._asking():
                self._api.create_repo(self._repo, repo_type=_KIND, private=True, exist_ok=True)
            plan = compare(release, self._files(_BRANCH), self._head(), None)
        self._operations = [CommitOperationAdd(name, str(release.root / name)) for name in [*plan.add, *plan.change]]
        if self._operations:
            with self._asking():
                self._api.preupload_lfs_files(self._repo, self._operations, repo_type=_KIND)
        return plan

    def finalize(self, release: Release, plan: Plan) -> str:
        """Makes one commit on top of the planned head; where the answer is lost, the tree says whether it was made."""
        if plan.is_done and plan.head is not None:
            return plan.head
        try:
            with self._asking():
                return self._commit(release, plan)
        except SourceUnreachableError:
            head = self._head()
            if head is not None and head != plan.head and compare(release, self._files(head), head, None).is_done:
                return head
            raise

    def _commit(self, release: Release, plan: Plan) -> str:
        from huggingface_hub import CommitOperationDelete
        from huggingface_hub.errors import HfHubHTTPError

        version = release.provenance()["release"]["version"]
        operations = [*self._operations, *(CommitOperationDelete(name, is_folder=False) for name in plan.delete)]
        try:
            made = self._api.create_commit(
                self._repo, operations, commit_message=f"Release {version}", repo_type=_KIND, revision=_BRANCH, parent_commit=plan.head
            )
        except HfHubHTTPError as error:
            if error.response.status_code == 412:
                raise MovedError from error
            raise
        return str(made.oid)

    def verify(self, release: Release, revision: str) -> None:
        """Compares every hash that the Hub has; it computes them itself."""
        refuse_difference(release, self._files(revision), f"{self.where} at {revision}")

    def mark(self, version: str, revision: str) -> None:
        """Tags the commit; a tag that is there is never moved."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            with self._asking():
                try:
                    self._api.create_tag(self._repo, tag=version, revision=revision, repo_type=_KIND, exist_ok=False)
                except HfHubHTTPError as error:
                    if error.response.status_code != 409:
                        raise
        except SourceUnreachableError:
            # The answer may be lost while the tag is made.
            if self.versions().get(version) != revision:
                raise
        if (there := self.versions().get(version)) != revision:
            raise PublishRefusedError(
                f"{self.where}: {version} stands on {there}, not on {revision}; a tag is never moved", "choose the next version"
            )

    def show(self) -> None:
        """Makes the repository public, unless it is to stay private."""
        if self._private:
            return
        with self._asking():
            if self._api.repo_info(self._repo, repo_type=_KIND).private:
                self._api.update_repo_settings(self._repo, private=False, repo_type=_KIND)

    def fetch(self, version: str, folder: Path, only: str | None = None) -> None:
        """Downloads a version's files; what comes short or broken is fetched again by the client, then refused."""
        revision = self.versions().get(version)
        if revision is None:
            raise NothingMatchedError(f"{self.where} has no {version}", f"it has: {', '.join(self.versions()) or 'none'}")
        for name in [only] if only else self._files(revision):
            with self._asking():
                self._api.hf_hub_download(self._repo, name, repo_type=_KIND, revision=revision, local_dir=folder)
        # The client's own records.
        shutil.rmtree(folder / ".cache", ignore_errors=True)
