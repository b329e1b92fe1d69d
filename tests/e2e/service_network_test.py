#!/usr/bin/env python3
"""The way to a service: certificates of an authority of one's own, expired ones and those of other hosts,
and HTTP proxies; for requests (openaillm) and for WebSockets (elevenlabstts). Prints TAP.

Arguments: the jackfield binary, the source directory.
"""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from certificates import Authority  # noqa: E402
from failing_services import KEY, Fake  # noqa: E402
from network_path import Proxy, TlsFront  # noqa: E402

NAME = "service.test"  # nobody but the proxy knows it
PLAIN = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE")
STAGES = {
    "openaillm": "openaillm model=gpt-5.2 check-model=false max-retries=0 connect-timeout=3000000000 base-url=${URL}/v1",
    "elevenlabstts": "elevenlabstts voice=test-voice base-url=${URL} audio-timeout=4000000000",
}
SCHEME = {"openaillm": "http", "elevenlabstts": "ws"}


@dataclasses.dataclass
class Case:
    name: str
    host: str  # host:port
    secure: bool = True
    environment: dict = dataclasses.field(default_factory=dict)
    works: bool = True
    words: tuple = ()  # of the error, when it does not
    proxy: Proxy = None  # must have been asked


def run(binary, folder, element, case):
    """What goes wrong with one case, as text."""
    folder = folder / f"{element}-{case.name}".replace(" ", "-")
    folder.mkdir()
    (folder / "text.txt").write_text("Hello.")
    (folder / "way.gst").write_text(
        "filesrc location=${HERE}/text.txt ! text/x-raw,format=utf8 ! " + STAGES[element] + " ! filesink location=${HERE}/out"
    )
    url = f"{SCHEME[element]}{'s' if case.secure else ''}://{case.host}"
    environment = {k: v for k, v in os.environ.items() if k not in PLAIN}
    environment.update({"OPENAI_API_KEY": KEY, "ELEVENLABS_API_KEY": KEY, **case.environment})
    before = len(case.proxy.requests) if case.proxy else 0
    done = subprocess.run(
        [binary, "run", "way.gst", "--once", "--quiet", "--events", "events.jsonl", f"URL={url}"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    errors = [e["fields"]["text"] for e in events if e["event"] == f"{element}/error"]
    size = (folder / "out").stat().st_size if (folder / "out").exists() else 0
    if done.returncode != 0:
        yield f"exit code {done.returncode}: {done.stderr[-500:]}"
    if case.works:
        if errors or size == 0:
            yield f"{size} bytes came, errors: {errors}"
    elif not errors:
        yield f"no error; {size} bytes came"
    else:
        yield from (f"{word!r} is not in {errors[0]!r}" for word in case.words if word not in errors[0])
    if case.proxy and len(case.proxy.requests) == before:
        yield "the proxy was not asked"
    if KEY in "".join(errors) + done.stderr:
        yield "the key is in a text"


def cases(folder, service, stack):
    """The cases for a service at an address (host, port)."""
    authority = Authority(folder)

    def front(name, **how):
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        authority.issue(certificate, key, **how)
        return stack(TlsFront(certificate, key, service))

    good = front("good", names=f"subjectAltName=IP:127.0.0.1,DNS:{NAME}")
    expired = front("expired", days=-1)
    other = front("other", names="subjectAltName=DNS:elsewhere.test")
    ours = {"SSL_CERT_FILE": str(authority.ca)}
    yield Case("an authority that nobody knows", f"127.0.0.1:{good.port}", works=False, words=("no authority that is trusted", "SSL_CERT_FILE"))
    yield Case("an authority in SSL_CERT_FILE", f"127.0.0.1:{good.port}", environment=ours)
    yield Case("an expired certificate", f"127.0.0.1:{expired.port}", environment=ours, works=False, words=("it has expired",))
    yield Case("the certificate of another host", f"127.0.0.1:{other.port}", environment=ours, works=False, words=("another host",))
    proxy = stack(Proxy({NAME: ("127.0.0.1", good.port)}))
    login = stack(Proxy({NAME: ("127.0.0.1", good.port)}, login="jack:field"))
    plain = stack(Proxy({NAME: service}))
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        yield Case(f"a proxy in {variable}", NAME, environment={**ours, variable: f"http://127.0.0.1:{proxy.port}"}, proxy=proxy)
    yield Case("a proxy that wants a login", NAME, environment={**ours, "https_proxy": f"http://jack:field@127.0.0.1:{login.port}"}, proxy=login)
    yield Case("a proxy without the login it wants", NAME, environment={**ours, "https_proxy": f"http://127.0.0.1:{login.port}"}, works=False,
               proxy=login, words=("407",))  # fmt: skip
    yield Case("no_proxy", NAME, environment={**ours, "https_proxy": f"http://127.0.0.1:{proxy.port}", "no_proxy": f"x.test,{NAME}"}, works=False)
    # Proxies refuse the address of a WebSocket without TLS; ElevenLabs is then asked by HTTP.
    yield Case("no TLS through a proxy in http_proxy", NAME, secure=False, environment={"http_proxy": f"http://127.0.0.1:{plain.port}"},
               proxy=plain)  # fmt: skip
    yield Case("a host that the proxy does not know", "nowhere.test", environment={**ours, "https_proxy": f"http://127.0.0.1:{proxy.port}"},
               works=False, proxy=proxy)  # fmt: skip
    yield Case("this machine itself, past the proxy", f"127.0.0.1:{good.port}", environment={**ours, "https_proxy": "http://127.0.0.1:1"})


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="jackfield-network-") as scratch:
        scratch = pathlib.Path(scratch)
        opened = []

        def stack(manager):
            opened.append(manager)
            return manager.__enter__()

        work = []
        for element, fake, script in (("openaillm", "openai_server", []), ("elevenlabstts", "elevenlabs", {})):
            folder = scratch / element
            folder.mkdir()
            host, port = stack(Fake(fake, script, folder)).address.split(":")
            work += [(element, case) for case in cases(folder, (host, int(port)), stack)]
        print(f"1..{len(work)}")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = [pool.submit(lambda e, c: list(run(binary, scratch, e, c)), *item) for item in work]
            for number, ((element, case), result) in enumerate(zip(work, results), 1):
                problems = result.result() if not result.exception() else [repr(result.exception())]
                print(f"{'not ok' if problems else 'ok'} {number} - {element}: {case.name}", flush=True)
                for problem in problems:
                    print("\n".join(f"# {line}" for line in str(problem).splitlines()))
        for manager in reversed(opened):
            manager.__exit__(None, None, None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
