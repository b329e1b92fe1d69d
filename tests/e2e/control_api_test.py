#!/usr/bin/env python3
"""The control API on a real call: what it tells is what happened and what openapi.json says, hanging up
works, and nobody who is not meant to gets in. Prints TAP. Arguments: the jackfield binary, the source
directory.
"""
import json
import pathlib
import re
import socket
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks as tap  # noqa: E402
import control_api  # noqa: E402
import jackfield_server  # noqa: E402

AGENT, ECHO = "+15550000001", "+15550000002"
TOKEN = "a token of more than sixteen characters"
CONF = """
[server]
drain = 5
[line agent]
pipeline = {pipelines}/phone-agent.gst
numbers = {agent}
[line echo]
pipeline = {pipelines}/echo.gst
numbers = {echo}
max-calls = 7
"""
# Waits for somebody to hang up; that is the API.
QUESTION = {
    "name": "a question",
    "timeout": 90000,
    "line-noise": -65,
    "steps": [
        {"wait-reply": {"silence": 900, "timeout": 20000}},
        {"say": "en_US_f_Allison/hours.wav", "text": "hours"},
        {"expect-hang-up": {"timeout": 60000}},
    ],
}
SPOKEN = ("starting", "running")


def start_call(server, scratch, name):
    script = scratch / f"{name}-question.json"
    script.write_text(json.dumps(QUESTION))
    return jackfield_server.start_simulation(server, script, scratch, name, "--to", AGENT)


def check_idle(check, api):
    server = api.get("/server").json
    check("the server tells of itself", server["lines"] == 2 and server["sessions"] == 0 and not server["stopping"], server)
    lines = {line["name"]: line for line in api.get("/lines").json["lines"]}
    agent, echo = lines.get("agent", {}), lines.get("echo", {})
    check("lines have their numbers, scenarios and addresses",
          list(lines) == ["agent", "echo"] and agent["numbers"] == [AGENT] and agent["scenario"] == "phone-agent.gst"
          and agent["kind"] == "phone" and agent["url"].endswith("/twilio/voice/agent") and echo["max-sessions"] == 7,
          lines)  # fmt: skip
    check("no session runs", api.get("/sessions").json == {"sessions": [], "next": None})


def check_running(check, api):
    session = api.wait(lambda: next((s for s in api.running() if s["call"]), None), "a call")
    check("a running call has its line and numbers",
          session["line"] == "agent" and session["to"] == AGENT and session["from"].startswith("+1555")
          and session["state"] in SPOKEN and session["kind"] == "phone", session)  # fmt: skip
    path = f"/sessions/{session['id']}"

    def answered():
        entries = api.get(path + "/transcript").json["entries"]
        return entries if len([e for e in entries if e["who"] == "agent"]) >= 2 else None

    entries = api.wait(answered, "an answer of the agent")
    said = [(entry["who"], entry["text"]) for entry in entries if entry["who"] in ("caller", "agent")]
    check("the transcript tells who said what",
          [who for who, _ in said][:3] == ["agent", "caller", "agent"] and "hours" in said[1][1] and "nine" in said[2][1], said)  # fmt: skip
    times = [entry["at-ms"] for entry in entries if entry["who"] in ("caller", "agent")]
    check("its times are those of the session", times == sorted(times) and 0 <= times[0] and times[-1] < 90000, times)
    detail = api.get(path).json
    check("the session tells how far it is",
          detail["turns"] >= 1 and detail["last-said"]["who"] == "agent" and detail["errors"] == []
          and detail["recording"] and "recording-start-ms" in detail, detail)  # fmt: skip
    latency = api.get(path + "/latency").json
    total = next((s for s in latency["stages"] if s["stage"] == "total"), {})
    turn = latency["turns"][0]
    parts = [turn[stage] for stage in ("hang-over", "stt", "llm", "tts", "output") if stage in turn]
    check("the latency of its turns by stage",
          total.get("count") == len(latency["turns"]) and abs(sum(parts) - turn["total"]) < 5
          and detail["latency"]["last"] == latency["turns"][-1]["total"] and total["min"] <= total["p50"] <= total["max"],
          latency)  # fmt: skip
    lines = api.get("/latency?line=agent").json["lines"]
    check("and of its line", [s["stage"] for s in lines[0]["stages"]][-1] == "total", lines)
    found = api.get("/sessions?text=HOURS&line=agent&number=5550000001").json["sessions"]
    missed = [api.get(f"/sessions?{q}").json["sessions"] for q in ("text=submarine", "line=echo", "number=999", "failed=true")]
    check("it is found by what was said, its line and its number", len(found) == 1 and not any(missed), [found, missed])
    check("deleting a running session is a conflict", api.request("DELETE", "/api/v1" + path).status == 409)
    return session["id"], entries


def check_hostile(check, api, port, session):
    path = f"/sessions/{session}/hangup"
    refused = {
        "a wrong host": (api.get("/server", Host="evil.example"), "foreign-host"),
        "a page of somebody else": (api.get("/server", Origin="http://evil.example"), "foreign-origin"),
        "a page of another port": (api.get("/server", Origin="http://127.0.0.1:1"), "foreign-origin"),
        "a picture in a page of somebody else": (api.get("/lines", Sec_Fetch_Site="cross-site"), "foreign-origin"),
        "a proxy in between": (api.get("/server", X_Forwarded_For="127.0.0.1"), "not-this-machine"),
        "a form": (api.post(path, b"reason=x", Content_Type="application/x-www-form-urlencoded"), "not-json"),
        "plain text": (api.post(path, b'{"reason":"x"}', Content_Type="text/plain"), "not-json"),
        "no type": (api.post(path, b'{"reason":"x"}', Content_Type=None), "not-json"),
        "half a body": (api.post(path, b'{"reason":'), "bad-json"),
        "a list": (api.post(path, []), "bad-json"),
        "deep nesting": (api.post(path, b"[" * 60000), "bad-json"),
        "twice the same": (api.post(path, b'{"reason":"a","reason":"b"}'), "bad-json"),
        "no UTF-8": (api.post(path, b'{"reason":"\xff"}'), "bad-json"),
        "an unknown member": (api.post(path, {"reson": "x"}), "bad-member"),
        "a wrong kind": (api.post(path, {"reason": 7}), "bad-member"),
        "a novel": (api.post(path, {"reason": "x" * 201}), "bad-member"),
        "an unknown parameter": (api.get("/sessions?stat=running"), "bad-query"),
        "a wrong cursor": (api.get("/sessions?before=nonsense"), "bad-query"),
        "a wrong limit": (api.get("/sessions?limit=100000"), "bad-query"),
        "an unknown session": (api.get("/sessions/0123456789ab"), "no-such-session"),
        "no session at all": (api.post("/sessions/nobody/hangup"), "no-such-session"),
    }
    for what, (answer, code) in refused.items():
        check(f"refused: {what}", answer.status >= 400 and answer.code == code, [answer.status, answer.body[:200]])
    check("a misspelled member is named", b"did you mean 'reason'?" in refused["an unknown member"][0].body)
    big = api.post(path, b'{"reason":"' + b"x" * 100_000 + b'"}')
    check("a huge body is refused", big.status == 413, big.status)
    outside = []
    for id in ("..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", ".", "a%00b", "....//", "%c0%ae%c0%ae", "x" * 500):
        for below in ("", "/transcript", "/recording", "/picture.svg", "/waveform"):
            answer = api.get(f"/sessions/{id}{below}")
            if answer.status not in (400, 404):
                outside.append((id + below, answer.status))
    check("no id leads out of the records", not outside, outside)
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods"):
        answer = api.request("OPTIONS", "/api/v1" + path, Origin="http://evil.example", Access_Control_Request_Method="POST")
        check(f"no page is told {name}", name not in answer.headers and answer.status >= 400, answer.headers.as_string())
    for target in ("/sessions?text=hours", f"/sessions/{session}/recording", "/latency", "/sessions?state=ended") * 10:
        gone = socket.create_connection(("127.0.0.1", port))
        gone.sendall(f"GET /api/v1{target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        gone.close()
    check("clients may leave before they are answered", api.get("/server").status == 200)


def check_actions(check, api, session):
    path = f"/sessions/{session}"
    quiet = api.post(path + "/mute", {"caller": True}).json
    softer = api.post(path + "/gain", {"agent": -20, "caller": 3.5}).json
    check("voices are muted, and louder or softer",
          quiet["muted"] == {"caller": True, "agent": False}
          and softer == {"muted": quiet["muted"], "gain": {"caller": 3.5, "agent": -20}}, [quiet, softer])  # fmt: skip
    seen = api.get(path).json
    check("the session says so", seen["muted"] == softer["muted"] and seen["gain"] == softer["gain"], seen)
    api.post(path + "/mute", {"caller": False})
    refused = [api.post(path + "/gain", {"agent": 21}), api.post(path + "/gain", {"caller": -61}), api.post(path + "/mute", {}),
               api.post(path + "/text", {"text": " \n"}), api.post(path + "/text", {"text": "x" * 8001}),
               api.post(path + "/text", {"text": "a\0b"}), api.post(path + "/text")]  # fmt: skip
    check("what makes no sense is refused", all(a.status == 400 for a in refused), [(a.status, a.body) for a in refused])
    check("a typed text is taken", api.post(path + "/text", {"text": "What are your hours?"}).status == 202)
    graph = api.get(path + "/graph").json
    paths = {element["path"] for element in graph["elements"]}
    ends = {end.rsplit(".", 1)[0] for link in graph["links"] for end in (link["from"], link["to"])}
    check("the graph has elements, and links between them", len(paths) == len(graph["elements"]) > 10 and ends <= paths, graph)
    check("as text", api.get(path + "/graph.dot").body.startswith(b"digraph"))
    picture = api.get(path + "/graph.svg")
    check("and drawn, where Graphviz is installed",
          (picture.status == 200 and b"<svg" in picture.body and "sandbox" in picture.headers["Content-Security-Policy"])
          or picture.code == "no-graphviz", picture.body[:500])  # fmt: skip
    for below in ("/graph", "/graph.dot", "/graph.svg"):
        check(f"{below} of nobody", api.get(f"/sessions/0123456789ab{below}").code == "no-such-session")


def check_ended(check, api, session, entries):
    answer = api.post(f"/sessions/{session}/hangup", {"reason": "enough for today"})
    check("hanging up is taken", answer.status == 202, answer.body)
    ended = api.wait(lambda: api.get("/sessions?state=ended").json["sessions"], "the end of the call")
    check("the call is over, with what was given as its reason",
          ended[0]["id"] == session and ended[0]["state"] == "ended" and ended[0]["end-reason"] == "enough for today"
          and ended[0]["line"] == "agent" and not ended[0]["failed"] and "ended-at" in ended[0], ended)  # fmt: skip
    path = f"/sessions/{session}"
    again = api.get(path + "/transcript").json["entries"]
    before = [(e["who"], e["text"]) for e in entries if e["who"] != "system"]
    after = [(e["who"], e["text"]) for e in again if e["who"] != "system"]
    check("its records have the same transcript", after[: len(before)] == before, [before, after])
    drift = [abs(x["at-ms"] - y["at-ms"]) for x, y in zip(entries, again) if x["text"] == y["text"] and x["who"] != "system"]
    check("and the same times", drift and max(drift) < 1000, drift)
    check("its latency", api.get(path + "/latency").json["turns"][0]["total"] > 0)
    check("itself", api.get(path).json["recording"])
    wave = api.get(path + "/waveform?points=50").json
    check("its waveform", [c["name"] for c in wave["channels"]] == ["caller", "agent"], wave)
    check("its recording", api.get(path + "/recording").body[:4] == b"RIFF")
    check("its picture", b"<svg" in api.get(path + "/picture.svg").body)
    check("hanging up once more finds nobody", api.post(path + "/hangup").code == "no-such-session")


def check_scenarios(check, api):
    scenarios = {scenario["name"]: scenario for scenario in api.get("/scenarios").json["scenarios"]}
    check("scenarios are listed, with who serves them",
          {"phone-agent.gst", "echo.gst", "tone.gst"} <= set(scenarios) and scenarios["echo.gst"]["served-by"] == "echo"
          and scenarios["tone.gst"]["runs-alone"] and not scenarios["tone.gst"]["errors"], scenarios)  # fmt: skip
    refused = [api.post("/sessions", {"scenario": "echo.gst"}), api.post("/sessions", {"scenario": "../tone.gst"}), api.post("/sessions", {})]
    check("only what runs by itself is started, by its name", [a.status for a in refused] == [409, 404, 400], [a.body for a in refused])
    started = api.post("/sessions", {"scenario": "tone.gst"})
    check("and then it runs", started.status == 201 and started.json["session"]["scenario"] == "tone.gst", started.body)
    path = f"/sessions/{started.json['session']['id']}"
    api.wait(lambda: api.get(path).json["state"] == "running", "the started scenario")
    check("until somebody ends it", api.post(path + "/hangup").status == 202)
    api.wait(lambda: not api.running(), "the end of what was started")
    api.wait(lambda: api.get(path).json.get("state") == "ended", "its records")
    check("its records are deleted", api.request("DELETE", "/api/v1" + path).status == 200)


def check_pages(check, api):
    known = [session["id"] for session in api.get("/sessions").json["sessions"]]
    one_by_one, cursor = [], ""
    while cursor is not None and len(one_by_one) < 10:
        page = api.get("/sessions?limit=1" + (f"&before={cursor}" if cursor else "")).json
        one_by_one += [session["id"] for session in page["sessions"]]
        cursor = page["next"]
    check("pages have each session once", one_by_one == known and len(set(known)) == 3, [known, one_by_one])


def test_calls(check, binary, source, scratch):
    (scratch / "tone.gst").write_text("audiotestsrc is-live=true ! fakesink sync=true\n")
    conf = scratch / "jackfield.conf"
    conf.write_text(CONF.format(pipelines=source / "pipelines", agent=AGENT, echo=ECHO))
    with jackfield_server.Server(binary, conf, scratch) as server:
        api = control_api.ControlApi(server.port)
        description = api.read_description()
        check_idle(check, api)
        check("there are no rooms", api.get("/rooms").json == {"rooms": []} and api.get("/rooms/main").code == "no-such-room")
        check_scenarios(check, api)
        caller = start_call(server, scratch, "first")
        session, entries = check_running(check, api)
        check_hostile(check, api, server.port, session)
        check_actions(check, api, session)
        check_ended(check, api, session, entries)
        output, _ = caller.communicate(timeout=60)
        check("the caller noticed nothing but the end", caller.returncode == 0, output[-1500:])
        callers = [start_call(server, scratch, name) for name in ("second", "third")]
        api.wait(lambda: len([s for s in api.running() if s["call"]]) == 2, "two calls")
        check_pages(check, api)
        for running in api.running():
            api.post(f"/sessions/{running['id']}/hangup")
        for caller in callers:
            caller.communicate(timeout=60)
        api.wait(lambda: not api.running(), "the end of all calls")
        api.wait(lambda: api.get("/lines").json["lines"][0]["calls-total"] == 3, "three calls counted")
        api.request("GET", "/metrics")
        # Every 15 s, and the first turn was longer ago.
        past = api.wait(lambda: api.get("/latency/history?line=agent").json["lines"], "the latencies of the last minutes")
        stages = {stage["stage"]: stage for stage in past[0]["stages"]}
        check("the latencies of the last minutes are kept",
              stages["total"]["recent"]["p50"][0] > 0 and len(stages["total"]["ago-ms"]) == len(stages["total"]["start"]["p99"]) > 0, past)
        check("of lines that are there", api.get("/latency/history?line=nobody").code == "no-such-line" and api.get("/latency/history?line=echo").json == {"lines": []})
        check("records are deleted", api.request("DELETE", f"/api/v1/sessions/{session}").status == 200
              and api.get(f"/sessions/{session}").status == 404)  # fmt: skip
        check("nobody has asked people anything", api.get("/questions").json == {"questions": []})
        refused = api.get("/server").json["refused"]
        check("refusals are counted", refused.get("foreign-origin", 0) >= 3, refused)
        # Every operation has been answered as it is described, unless it cannot be done here.
        done = {(method, path) for method, path, status in api.seen if status < 400 or status == 501}
        # Rooms are those of conferences: conference_rooms_test.py has some; tasks_test.py has tasks,
        # callers_test.py callers, people_test.py questions.
        left = [f"{method} {path}" for method, path in description.operations() if (method, path) not in done and not any(part in path for part in ("/rooms/", "/task", "/schedules", "/callers", "/questions/"))]
        check("every operation was tried", not left, left)
        server.stop()
        check("the server ends in order", server.exit_code == 0 and "refused:" in server.log.read_text())
        check("and nothing went wrong in it", not re.search("CRITICAL|WARNING \\*\\*|Sanitizer", server.log.read_text()), server.log.read_text()[-2000:])


def test_token(check, binary, source, scratch):
    echo = source / "pipelines" / "echo.gst"
    with jackfield_server.Server(binary, echo, scratch, environment={"JACKFIELD_API_TOKEN": TOKEN}) as server:
        stranger = control_api.ControlApi(server.port)
        answer = stranger.get("/server")
        check("without the token nothing is told", answer.status == 401 and answer.code == "token-missing", answer.body)
        check("the client is told what to send", answer.headers["WWW-Authenticate"].startswith("Bearer"))
        check("metrics neither", stranger.request("GET", "/metrics").status == 401)
        check("nor what there is", stranger.get("/nothing").status == 401)
        for open_to_all in ("/healthz", "/readyz", "/"):
            check(f"{open_to_all} is open", stranger.request("GET", open_to_all).status == 200)
        friend = control_api.ControlApi(server.port, TOKEN)
        check("with it everything", friend.get("/server").status == 200 and friend.request("GET", "/metrics").status in (200, 501))
        check("under any name", friend.get("/server", Host="voice.example.com").status == 200)
        guesses = [stranger.get("/server", Authorization=f"Bearer guess {n}").status for n in range(14)]
        check("guessing is slowed down", guesses[0] == 401 and guesses.count(429) >= 1, guesses)
        server.stop()
        check("the token is nowhere in the log", TOKEN not in server.log.read_text())
        check("wrong ones are", "wrong token" in server.log.read_text(), server.log.read_text())


def test_exposed(check, binary, source, scratch):
    echo = source / "pipelines" / "echo.gst"
    with jackfield_server.Server(binary, echo, scratch, "--public-url", "https://voice.example.com", "--insecure") as server:
        answer = control_api.ControlApi(server.port).get("/server")
        check("a server that can be reached from elsewhere has no API without a token",
              answer.status == 403 and answer.code == "no-token-set" and b"JACKFIELD_API_TOKEN" in answer.body, answer.body)  # fmt: skip


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    check = tap.Checks()
    for test in (test_calls, test_token, test_exposed):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(check, binary, source, pathlib.Path(folder))
            except Exception as error:  # a check that fails says so; what breaks the test fails it, too
                log = pathlib.Path(folder) / "server.log"
                check(f"{test.__name__} came to its end", False, f"{error!r}\n{log.read_text()[-1500:] if log.exists() else ''}")
    check.print()


main()
