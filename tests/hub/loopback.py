"""A Hub on the loopback address: what the real clients ask of one to publish and read a dataset, with faults on request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKEN = "hf_" + "loopbackloopbackloopback"
OTHER = "hf_" + "somebodyelsesomebodyelse"
USERS = {TOKEN: "alice", OTHER: "mallory"}
_INITIAL = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"


def blob_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass
class Entry:
    """A file of a commit."""

    data: bytes
    is_lfs: bool

    @property
    def oid(self) -> str:
        return hashlib.sha256(self.data).hexdigest() if self.is_lfs else blob_sha1(self.data)

    def describe(self, path: str) -> dict[str, Any]:
        told = {"type": "file", "path": path, "size": len(self.data), "oid": blob_sha1(self.data)}
        return told | ({"lfs": {"oid": self.oid, "size": len(self.data), "pointerSize": 130}} if self.is_lfs else {})


@dataclass
class Repo:
    """A dataset repository: commits hold whole trees."""

    name: str
    private: bool
    trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, tree: dict[str, Entry], title: str) -> str:
        oid = hashlib.sha1(f"{self.name} {len(self.trees)} {title}".encode(), usedforsecurity=False).hexdigest()
        self.trees[oid] = tree
        self.titles.append(title)
        self.branches["main"] = oid
        return oid

    def revision(self, name: str) -> str | None:
        return self.branches.get(name) or self.tags.get(name) or (name if name in self.trees else None)


@dataclass
class Fault:
    """What goes wrong: at requests that match, ``times`` times after ``skip`` of them."""

    method: str
    path: str
    status: int = 0
    times: int = 1
    skip: int = 0
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    truncate: bool = False
    call: Callable[[], None] | None = None


class Answer(Exception):  # noqa: N818
    def __init__(self, status: int, body: Any = None, code: str = "", headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.code, self.headers = status, body, code, headers or {}


class Loopback(ThreadingHTTPServer):
    """The server and its state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        with self.lock:
            self.repos: dict[str, Repo] = {}
            self.lfs: dict[str, bytes] = {}
            self.parts: dict[str, dict[int, bytes]] = {}
            self.faults: list[Fault] = []
            self.log: list[str] = []
            self.part_bytes: int | None = None
            self.page = 1000

    def fault_at(self, method: str, path: str, *, after: bool) -> Fault | None:
        for fault in self.faults:
            if fault.after == after and fault.times and fault.method == method and re.search(fault.path, path):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.call:
                    fault.call()
                return fault
        return None

    def whole_at(self, tag: str, repo: str) -> int:
        """Returns the number of files at a tag, every one as SHA256SUMS has it, and none that it has not."""
        tree = {k: v for k, v in self.repos[repo].trees[self.repos[repo].tags[tag]].items() if k != ".gitattributes"}
        sums = dict(reversed(line.split("  ")) for line in tree.pop("SHA256SUMS").data.decode().splitlines())
        assert {name: hashlib.sha256(entry.data).hexdigest() for name, entry in tree.items()} == sums
        return len(tree) + 1


class Handler(BaseHTTPRequestHandler):
    """One request; routes are tried in order."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet: apart, each answer waits 40 ms for an acknowledgement.
    wbufsize = -1
    server: Loopback

    def log_message(self, *args: object) -> None:
        """Keeps quiet."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, truncate: bool = False) -> None:
        self.send_response(status)
        length = headers.pop("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if truncate else body)
        self.wfile.flush()
        self.close_connection = self.close_connection or truncate

    def _handle(self) -> None:
        raw = self._body()
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        hub = self.server
        with hub.lock:
            hub.log.append(f"{self.command} {path}")
            fault = hub.fault_at(self.command, path, after=False)
            try:
                if fault and fault.status:
                    raise Answer(fault.status, {"error": "the loopback was told to fail"}, headers=fault.headers)
                for method, pattern, action in ROUTES:
                    if method in (self.command, "GET" if self.command == "HEAD" else "") and (found := re.fullmatch(pattern, path)):
                        action(self, raw, parse_qs(parts.query), **found.groupdict())
                        raise AssertionError("a route answers")
                raise Answer(404, {"error": f"no route {self.command} {path}"})
            except Answer as told:
                answer = told
                late = hub.fault_at(self.command, path, after=True)
                if late and late.status:
                    answer = Answer(late.status, {"error": "the answer is lost"})
        headers = dict(answer.headers)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.status >= 400:
            headers |= {"X-Error-Message": str((answer.body or {}).get("error", ""))}
            headers |= {"X-Error-Code": answer.code} if answer.code else {}
        headers.setdefault("Content-Type", "application/octet-stream" if isinstance(answer.body, bytes) else "application/json")
        self._send(answer.status, body, headers, truncate=bool((late and late.truncate) or (fault and fault.truncate)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

    def user(self) -> str | None:
        given = self.headers.get("Authorization", "")
        if not given:
            return None
        name = USERS.get(given.removeprefix("Bearer "))
        if name is None:
            raise Answer(401, {"error": "Invalid credentials in Authorization header"})
        return name

    def repo(self, name: str, *, write: bool = False) -> Repo:
        user, found = self.user(), self.server.repos.get(name)
        if write and user is None:
            raise Answer(401, {"error": "Invalid username or password."})
        if found is None or (found.private and user != name.partition("/")[0]):
            raise Answer(404 if user else 401, {"error": "Repository not found"}, "RepoNotFound")
        if write and user != name.partition("/")[0]:
            raise Answer(403, {"error": "Forbidden: you do not have write access"})
        return found

    def tree_of(self, repo: Repo, rev: str) -> tuple[str, dict[str, Entry]]:
        oid = repo.revision(rev)
        if oid is None:
            raise Answer(404, {"error": f"Invalid rev id: {rev}"}, "RevisionNotFound")
        return oid, repo.trees[oid]


def whoami(h: Handler, raw: bytes, query: dict[str, list[str]]) -> None:
    user = h.user()
    if user is None:
        raise Answer(401, {"error": "Invalid username or password."})
    raise Answer(200, {"type": "user", "name": user, "orgs": [], "auth": {"accessToken": {"role": "write"}}})


def create(h: Handler, raw: bytes, query: dict[str, list[str]]) -> None:
    body, user = json.loads(raw), h.user()
    name = f"{body.get('organization') or user}/{body['name']}"
    url = {"url": f"{h.server.url}/datasets/{name}", "name": name}
    if user != name.partition("/")[0]:
        raise Answer(403, {"error": "You don't have the rights to create a dataset under this namespace"})
    if name in h.server.repos:
        raise Answer(409, url | {"error": "You already created this dataset repo"})
    repo = h.server.repos[name] = Repo(name, body.get("visibility") == "private" or bool(body.get("private")))
    repo.commit({".gitattributes": Entry(_INITIAL, is_lfs=False)}, "initial commit")
    raise Answer(200, url)


def settings(h: Handler, raw: bytes, query: dict[str, list[str]], id: str) -> None:
    repo, body = h.repo(id, write=True), json.loads(raw)
    if "private" in body or "visibility" in body:
        repo.private = body.get("visibility", "private" if body.get("private") else "public") == "private"
    raise Answer(200, {"private": repo.private})


def validate_yaml(h: Handler, raw: bytes, query: dict[str, list[str]]) -> None:
    text = json.loads(raw)["content"]
    try:
        head = yaml.safe_load(text.split("---")[1])
        faults = [] if {"license", "configs", "dataset_info"} <= set(head) else [{"message": "license, configs or dataset_info is missing"}]
    except yaml.YAMLError as error:
        faults = [{"message": str(error)}]
    raise Answer(400 if faults else 200, {"errors": faults, "warnings": []})


def preupload(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str) -> None:
    _, tree = h.tree_of(h.repo(id, write=True), rev)
    told = []
    for file in json.loads(raw)["files"]:
        mode = "lfs" if file["path"].endswith((".parquet", ".arrow", ".bin")) or file["size"] > 10 << 20 else "regular"
        known = {"oid": tree[file["path"]].oid} if file["path"] in tree else {}
        told.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, **known})
    raise Answer(200, {"files": told})


def lfs_batch(h: Handler, raw: bytes, query: dict[str, list[str]], id: str) -> None:
    h.repo(id, write=True)
    told = []
    for wanted in json.loads(raw)["objects"]:
        entry: dict[str, Any] = {"oid": wanted["oid"], "size": wanted["size"]}
        if wanted["oid"] not in h.server.lfs:
            base, size = f"{h.server.url}/_lfs/{wanted['oid']}", h.server.part_bytes
            upload: dict[str, Any] = {"href": base}
            if size and wanted["size"] > size:
                numbers = range(1, -(-wanted["size"] // size) + 1)
                upload = {
                    "href": f"{base}/complete",
                    "header": {"chunk_size": str(size)} | {f"{n:05d}": f"{base}/part/{n}" for n in numbers},
                }
            entry["actions"] = {"upload": upload, "verify": {"href": f"{h.server.url}/_lfs/verify"}}
        told.append(entry)
    raise Answer(200, {"transfer": "multipart" if h.server.part_bytes else "basic", "objects": told})


def _hold(h: Handler, oid: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != oid:
        raise Answer(400, {"error": "the content has another hash"})
    h.server.lfs[oid] = data


def lfs_put(h: Handler, raw: bytes, query: dict[str, list[str]], oid: str) -> None:
    assert "Authorization" not in h.headers, "the token goes to no storage"
    _hold(h, oid, raw)
    raise Answer(200, {})


def lfs_part(h: Handler, raw: bytes, query: dict[str, list[str]], oid: str, number: str) -> None:
    h.server.parts.setdefault(oid, {})[int(number)] = raw
    raise Answer(200, {}, headers={"ETag": f'"{hashlib.md5(raw, usedforsecurity=False).hexdigest()}"'})


def lfs_complete(h: Handler, raw: bytes, query: dict[str, list[str]], oid: str) -> None:
    numbers = [part["partNumber"] for part in json.loads(raw)["parts"]]
    _hold(h, oid, b"".join(h.server.parts[oid][n] for n in numbers))
    raise Answer(200, {})


def lfs_verify(h: Handler, raw: bytes, query: dict[str, list[str]]) -> None:
    wanted = json.loads(raw)
    raise Answer(200 if len(h.server.lfs.get(wanted["oid"], b"")) == wanted["size"] else 404, {})


def commit(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str) -> None:
    repo = h.repo(id, write=True)
    head, tree = h.tree_of(repo, rev)
    tree, title = dict(tree), ""
    for line in raw.splitlines():
        entry = json.loads(line)
        key, value = entry["key"], entry["value"]
        if key == "header":
            title = value["summary"]
            if value.get("parentCommit", head) != head:
                raise Answer(412, {"error": "A commit has happened since. Please refresh and try again."})
        elif key == "file":
            tree[value["path"]] = Entry(base64.b64decode(value["content"]), is_lfs=False)
        elif key == "lfsFile":
            if value["oid"] not in h.server.lfs:
                raise Answer(400, {"error": f"LFS pointer {value['oid']} is not held"})
            tree[value["path"]] = Entry(h.server.lfs[value["oid"]], is_lfs=True)
        elif key == "deletedFile" and tree.pop(value["path"], None) is None:
            raise Answer(404, {"error": f"{value['path']} does not exist"}, "EntryNotFound")
    oid = repo.commit(tree, title)
    raise Answer(200, {"success": True, "commitOid": oid, "commitUrl": f"{h.server.url}/datasets/{id}/commit/{oid}"})


def info(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str = "main") -> None:
    repo = h.repo(id)
    oid, tree = h.tree_of(repo, rev)
    told = {"id": id, "sha": oid, "private": repo.private, "siblings": [{"rfilename": name} for name in tree], "tags": []}
    raise Answer(200, told)


def tree(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str, path: str | None = None) -> None:
    oid, files = h.tree_of(h.repo(id), rev)
    prefix = f"{path}/" if path else ""
    inside = {name: entry for name, entry in sorted(files.items()) if name.startswith(prefix)}
    if path and not inside:
        raise Answer(404, {"error": f"{path} does not exist on {rev}"}, "EntryNotFound", {"X-Repo-Commit": oid})
    folders = {prefix + name[len(prefix) :].split("/")[0] for name in inside if "/" in name[len(prefix) :]}
    told = [{"type": "directory", "path": name, "oid": "0" * 40} for name in sorted(folders)]
    is_deep = query.get("recursive", ["false"])[0].lower() == "true"
    told += [entry.describe(name) for name, entry in inside.items() if is_deep or "/" not in name[len(prefix) :]]
    start, size = int(query.get("cursor", ["0"])[0]), h.server.page
    headers = {}
    if start + size < len(told):
        url = f"{h.server.url}{urlsplit(h.path).path}?recursive={is_deep}&cursor={start + size}"
        headers["Link"] = f'<{url}>; rel="next"'
    raise Answer(200, told[start : start + size], headers=headers)


def paths_info(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str) -> None:
    _, files = h.tree_of(h.repo(id), rev)
    is_json = "json" in h.headers.get("Content-Type", "")
    wanted = json.loads(raw)["paths"] if is_json else parse_qs(raw.decode()).get("paths", [])
    told = [files[name].describe(name) for name in wanted if name in files]
    told += [{"type": "directory", "path": name, "oid": "0" * 40} for name in wanted if any(f.startswith(f"{name}/") for f in files)]
    raise Answer(200, told)


def refs(h: Handler, raw: bytes, query: dict[str, list[str]], id: str) -> None:
    repo = h.repo(id)

    def told(names: dict[str, str], kind: str) -> list[dict[str, str]]:
        return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid} for name, oid in names.items()]

    raise Answer(200, {"branches": told(repo.branches, "heads"), "tags": told(repo.tags, "tags"), "converts": []})


def add_tag(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str) -> None:
    repo, name = h.repo(id, write=True), json.loads(raw)["tag"]
    oid, _ = h.tree_of(repo, rev)
    if name in repo.tags:
        raise Answer(409, {"error": f"Reference {name} already exists"})
    repo.tags[name] = oid
    raise Answer(200, {})


def resolve(h: Handler, raw: bytes, query: dict[str, list[str]], id: str, rev: str, path: str) -> None:
    oid, files = h.tree_of(h.repo(id), rev)
    if path not in files:
        raise Answer(404, {"error": "Entry not found"}, "EntryNotFound", {"X-Repo-Commit": oid})
    entry = files[path]
    data, status = entry.data, 200
    headers = {"X-Repo-Commit": oid, "ETag": f'"{entry.oid}"', "Accept-Ranges": "bytes"}
    if entry.is_lfs:
        headers |= {"X-Linked-Etag": f'"{entry.oid}"', "X-Linked-Size": str(len(data))}
    if asked := re.fullmatch(r"bytes=(\d*)-(\d*)", h.headers.get("Range", "")):
        size = len(data)
        start = int(asked[1]) if asked[1] else size - int(asked[2])
        end = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
        if start >= size:
            raise Answer(416, {"error": "range"}, headers={"Content-Range": f"bytes */{size}"})
        data, status = data[start : end + 1], 206
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    raise Answer(status, data, headers=headers)


_ID = r"(?P<id>[\w.-]+/[\w.-]+)"
_REV = r"(?P<rev>[\w.-]+)"
ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create),
    ("PUT", f"/api/datasets/{_ID}/settings", settings),
    ("POST", "/api/validate-yaml", validate_yaml),
    ("POST", f"/api/datasets/{_ID}/preupload/{_REV}", preupload),
    ("POST", rf"/datasets/{_ID}\.git/info/lfs/objects/batch", lfs_batch),
    ("POST", "/_lfs/verify", lfs_verify),
    ("PUT", r"/_lfs/(?P<oid>[0-9a-f]{64})", lfs_put),
    ("PUT", r"/_lfs/(?P<oid>[0-9a-f]{64})/part/(?P<number>\d+)", lfs_part),
    ("POST", r"/_lfs/(?P<oid>[0-9a-f]{64})/complete", lfs_complete),
    ("POST", f"/api/datasets/{_ID}/commit/{_REV}", commit),
    ("GET", f"/api/datasets/{_ID}/refs", refs),
    ("GET", f"/api/datasets/{_ID}/revision/{_REV}", info),
    ("GET", f"/api/datasets/{_ID}", info),
    ("GET", f"/api/datasets/{_ID}/tree/{_REV}(?:/(?P<path>.+))?", tree),
    ("POST", f"/api/datasets/{_ID}/paths-info/{_REV}", paths_info),
    ("POST", f"/api/datasets/{_ID}/tag/{_REV}", add_tag),
    ("GET", f"/datasets/{_ID}/resolve/{_REV}/(?P<path>.+)", resolve),
]
