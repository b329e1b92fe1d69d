#!/usr/bin/env python3
"""An agent core for Jackfield: the desk of a small company, by rules, or a language model.

    /usr/bin/python3 agent_core.py
    jackfield run phone-agent.gst LLM="agentcorellm address=127.0.0.1:50051"

Debian's packages: python3-grpcio python3-protobuf, and protobuf-compiler protobuf-compiler-grpc, by
which it makes the messages of agentcore.proto when it starts; with --model also python3-aiohttp. docs/agentcore.md says how to write a
core of one's own: put another class in the place of Rules.
"""
import argparse
import asyncio
import collections
import hmac
import importlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def load_messages():
    """The modules of agentcore.proto: those that can be imported, or made now."""
    try:
        return importlib.import_module("agentcore_pb2"), importlib.import_module("agentcore_pb2_grpc")
    except ModuleNotFoundError as missing:
        if not missing.name.startswith("agentcore_pb2"):
            raise
    here = pathlib.Path(__file__).resolve().parent
    proto = next((folder / "agentcore.proto" for folder in (here, here.parent) if (folder / "agentcore.proto").exists()), None)
    plugin = shutil.which("grpc_python_plugin")
    if not proto or not plugin or not shutil.which("protoc"):
        sys.exit("agent_core.py: needs agentcore.proto beside it, and Debian's protobuf-compiler and protobuf-compiler-grpc")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={proto.parent}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                        f"--plugin=protoc-gen-grpc_python={plugin}", proto.name], check=True)  # fmt: skip
        sys.path.insert(0, folder)
        return importlib.import_module("agentcore_pb2"), importlib.import_module("agentcore_pb2_grpc")


import grpc  # noqa: E402

pb, pb_grpc = load_messages()


class Session:
    """What the core knows of a call. Kept when its stream breaks, for the one that resumes it."""

    def __init__(self):
        self.caller = ""
        self.instructions = ""
        self.variables = {}
        self.tools = {}  # name -> Tool
        self.said = []  # Said, in order
        self.notes = {}  # what a brain wants to remember
        self.used = time.monotonic()

    def opened(self, message):
        self.caller, self.instructions, self.variables = message.caller, message.instructions, dict(message.variables)
        self.offered(message.tools)
        # Jackfield knows best what was heard.
        self.said = list(message.history)

    def offered(self, tools):
        self.tools = {tool.name: tool for tool in tools}

    def forget_from(self, turn_id):
        self.said = [said for said in self.said if said.turn_id < turn_id]

    def heard(self, turn_id, text):
        """An interruption: of the reply stays what was heard; of a turn of which nothing was, nothing."""
        if not text:
            self.said = [said for said in self.said if said.turn_id != turn_id]
            return
        for said in self.said:
            if said.turn_id == turn_id and said.kind == pb.Said.AGENT:
                said.full_text, said.text = said.full_text or said.text, text

    def last_reply(self):
        return next((said for said in reversed(self.said) if said.kind == pb.Said.AGENT), None)


class Failure(Exception):
    """A reply that cannot be given; `retryable`: that may pass by itself."""

    def __init__(self, text, retryable=True):
        super().__init__(text)
        self.retryable = retryable


class Reply:
    """The answer to one turn, for a brain to make: say(), call(), hang_up."""

    def __init__(self, connection, session, turn, pace):
        self.connection, self.session, self.turn, self.pace = connection, session, turn, pace
        self.hang_up, self.transfer = False, ""
        self.spoken = None
        self.results = {}  # call id -> Future

    def send(self, **message):
        for part in message.values():
            if part.DESCRIPTOR.fields_by_name.get("request_id"):
                part.request_id = self.turn.request_id
        self.connection.send(pb.FromCore(**message))

    async def say(self, text):
        """Word by word, as a language model writes."""
        if self.spoken is None:
            self.spoken = pb.Said(turn_id=self.turn.turn_id, kind=pb.Said.AGENT)
            self.session.said.append(self.spoken)
        elif self.spoken.text:
            text = " " + text
        for word in re.findall(r"\s*\S+", text):
            self.say_part(word)
            await asyncio.sleep(self.pace)

    def say_part(self, part):
        if self.spoken is None:
            self.spoken = pb.Said(turn_id=self.turn.turn_id, kind=pb.Said.AGENT)
            self.session.said.append(self.spoken)
        self.spoken.text += part
        self.send(text=pb.Text(delta=part))

    def tell(self, text):
        """Something for the agent that nobody asked for: it comes back as a turn, "(Note: TEXT)"."""
        self.connection.send(pb.FromCore(tell=pb.Tell(text=text, speak=True)))

    async def call(self, name, arguments):
        """The result of a function that was offered; `arguments`: a dict, or JSON."""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        call = pb.ToolCall(call_id=f"{len(self.results)}-{name}"[:128], name=name, arguments=arguments)
        self.results[call.call_id] = asyncio.get_running_loop().create_future()
        self.send(tool_call=call)
        output = await self.results[call.call_id]
        # Before what is said in this reply: some of that was only known by it.
        behind = self.session.said.index(self.spoken) if self.spoken in self.session.said else len(self.session.said)
        self.session.said.insert(behind, pb.Said(turn_id=self.turn.turn_id, kind=pb.Said.TOOL, text=output, tool=call))
        return output


NUMBERS = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "twenty": 20, "thirty": 30}


class Rules:
    """Answers by words in the question. A rule: "words" (lists, of each of which one must be there),
    and "say", "hang_up", "transfer". Besides: what a tool that is offered can tell, when all words of
    its name are in the question; "go on" after an interruption; "what did I say"; the caller's name;
    "remind me in ten seconds".
    """

    def __init__(self, rules):
        self.rules = rules

    async def answer(self, reply):
        turn, session = reply.turn, reply.session
        if turn.turn_id == 0:
            name = session.notes.get("name") or session.variables.get("name")
            return await reply.say(f"Hello{', ' + name if name else ''}. This is the front desk. What can I do for you?")
        if turn.not_understood:
            return await reply.say("Sorry, I did not catch that. Could you say it again?")
        # What was told, by Jackfield or by us, comes in front of the question or alone.
        notes, question = re.fullmatch(r"((?:\(Note: .*?\)\s*)*)(.*)", turn.text, re.DOTALL).groups()
        if notes and not question:
            return await reply.say(" ".join(re.findall(r"\(Note: (.*?)\)", notes, re.DOTALL)))
        words = re.findall(r"[a-z0-9']+", question.lower())
        if "remind" in words:
            return await self.remind(reply, words)
        for tool in session.tools.values():
            if set(re.findall(r"[a-z0-9]+", tool.name.lower())) <= set(words):
                return await self.ask_tool(reply, tool, words)
        if (rest := self.unheard(session)) and {"go", "on"} <= set(words) or "continue" in words:
            return await reply.say(rest or "There was nothing more.")
        if named := re.search(r"my name is (\w+)", turn.text, re.IGNORECASE):
            session.notes["name"] = named[1].capitalize()
            return await reply.say(f"Nice to meet you, {session.notes['name']}.")
        if {"what", "did", "i"} <= set(words):
            asked = [said.text for said in session.said if said.kind == pb.Said.CALLER and said.turn_id != turn.turn_id]
            return await reply.say(f"You said: {asked[-1]}" if asked else "Nothing so far.")
        for rule in self.rules:
            if all(any(word in words for word in group) for group in rule["words"]):
                reply.hang_up, reply.transfer = rule.get("hang_up", False), rule.get("transfer", "")
                return await reply.say(rule["say"].replace("{time}", time.strftime("%H:%M")))
        await reply.say("I am afraid I do not know that. You can ask me about our opening hours, or where we are.")

    @staticmethod
    async def remind(reply, words):
        seconds = next((NUMBERS.get(word) or int(word) for word in words if word in NUMBERS or word.isdecimal()), 60)
        asyncio.get_running_loop().call_later(min(seconds, 3600), reply.tell, "You wanted to be reminded.")
        await reply.say("I will.")

    @staticmethod
    def unheard(session):
        last = session.last_reply()
        return last.full_text[len(last.text):].strip() if last and last.full_text.startswith(last.text) else ""

    @staticmethod
    async def ask_tool(reply, tool, words):
        """Its required texts are the words behind "for", "in", "of" or "to"."""
        await reply.say("One moment.")
        schema = json.loads(tool.parameters or "{}")
        at = max((words.index(word) for word in ("for", "in", "of", "to") if word in words), default=len(words))
        about = " ".join(words[at + 1:])
        required = [name for name in schema.get("required", []) if schema.get("properties", {}).get(name, {}).get("type") == "string"]
        output = await reply.call(tool.name, {name: about for name in required})
        failed = output.startswith("error:")
        await reply.say("I am sorry, I could not find that out." if failed else output[:600])


class Model:
    """A language model behind the Chat Completions API (llama.cpp, Ollama, OpenAI and others)."""

    ROUNDS = 8  # of tools, within one reply
    END_CALL = {"type": "function", "function": {
        "name": "end_call", "description": "Ends the call, once what you say was heard. Say goodbye in the same reply.",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False}}}  # fmt: skip

    def __init__(self, url, name, key):
        try:
            import aiohttp
        except ImportError:
            sys.exit("agent_core.py: --model needs Debian's python3-aiohttp")
        self.url, self.name = url.rstrip("/") + "/chat/completions", name
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
        self.client = aiohttp.ClientSession(trust_env=True)

    async def close(self):
        await self.client.close()

    async def answer(self, reply):
        messages = self.conversation(reply)
        for left in reversed(range(self.ROUNDS)):
            text, calls = await self.ask(reply, messages, tools=left > 0)
            calls, ends = [c for c in calls if c["name"] != "end_call"], any(c["name"] == "end_call" for c in calls)
            reply.hang_up = reply.hang_up or ends
            if not calls:
                if not reply.spoken:
                    await reply.say("Goodbye." if reply.hang_up else "I am sorry, I have no answer to that.")
                return
            messages.append(self.asked(calls, text))
            outputs = await asyncio.gather(*(reply.call(c["name"], c["arguments"] or "{}") for c in calls))
            messages += [{"role": "tool", "tool_call_id": c["id"], "content": output} for c, output in zip(calls, outputs)]

    @staticmethod
    def asked(calls, text=None):
        return {"role": "assistant", "content": text or None, "tool_calls": [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}} for c in calls]}  # fmt: skip

    @classmethod
    def conversation(cls, reply):
        session, turn = reply.session, reply.turn
        messages = [{"role": "system", "content": session.instructions or "You answer the telephone. Be brief, in spoken sentences."}]
        for number, said in enumerate(session.said):
            if said.kind == pb.Said.TOOL:
                call = {"id": f"call_{number}", "name": said.tool.name, "arguments": said.tool.arguments}
                messages += [cls.asked([call]), {"role": "tool", "tool_call_id": call["id"], "content": said.text}]
            elif said.text:
                text = f"(Overheard, not said to you: {said.text})" if said.kind == pb.Said.OVERHEARD else said.text
                messages.append({"role": "assistant" if said.kind == pb.Said.AGENT else "user", "content": text})
        if turn.turn_id == 0:
            messages.append({"role": "user", "content": "(The call has just begun. Greet the caller in one short sentence.)"})
        elif turn.not_understood:
            messages.append({"role": "user", "content": "(The caller said something that could not be understood.)"})
        return messages

    async def ask(self, reply, messages, tools):
        """(text, calls) of one answer; the text is passed on as it comes."""
        offered = [{"type": "function", "function": {"name": t.name, "description": t.description,
                    "parameters": json.loads(t.parameters or '{"type": "object"}')}} for t in reply.session.tools.values()]  # fmt: skip
        body = {"model": self.name, "messages": messages, "stream": True, "stream_options": {"include_usage": True},
                "tools": [*offered, self.END_CALL], "tool_choice": "auto" if tools else "none"}  # fmt: skip
        text, calls, whole = "", {}, False
        async with self.client.post(self.url, json=body, headers=self.headers, timeout=self.timeout) as response:
            if response.status != 200:
                raise Failure(f"the model's server answers HTTP {response.status}", response.status in (408, 429) or response.status >= 500)
            async for line in response.content:
                field, _, data = line.decode().strip().partition(":")
                if field != "data":
                    continue
                if data.strip() == "[DONE]":
                    whole = True
                    break
                chunk = json.loads(data)
                if chunk.get("error"):
                    raise Failure("the model's server broke off with an error")
                self.count(reply, chunk)
                for choice in chunk.get("choices") or []:
                    delta = choice.get("delta") or {}
                    if delta.get("content"):
                        apart = " " if not text and reply.spoken else ""
                        text += delta["content"]
                        reply.say_part(apart + delta["content"])
                    for part in delta.get("tool_calls") or []:
                        call = calls.setdefault(part.get("index", 0), {"id": "", "name": "", "arguments": ""})
                        call["id"] += part.get("id") or ""
                        call["name"] += (part.get("function") or {}).get("name") or ""
                        call["arguments"] += (part.get("function") or {}).get("arguments") or ""
        if not whole:
            raise Failure("the model's answer broke off")
        return text, list(calls.values())

    def count(self, reply, chunk):
        if used := chunk.get("usage"):
            reply.send(usage=pb.Usage(
                model=(chunk.get("model") or self.name)[:128], input_tokens=used.get("prompt_tokens", 0), output_tokens=used.get("completion_tokens", 0),
                cached_tokens=(used.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
                reasoning_tokens=(used.get("completion_tokens_details") or {}).get("reasoning_tokens", 0)))  # fmt: skip


class Connection:
    """One stream: what comes is done at once, so that pings are answered while a reply is made."""

    def __init__(self, core, write):
        self.core, self.write = core, write
        self.session = None
        self.reply, self.task = None, None
        self.outgoing = asyncio.Queue()

    def send(self, message):
        self.outgoing.put_nowait(message)

    async def run(self, requests):
        writer = asyncio.create_task(self.write_all())
        try:
            async for message in requests:
                self.take(message)
                if message.HasField("close"):
                    break
        finally:
            self.stop_reply()
            writer.cancel()

    async def write_all(self):
        while True:
            await self.write(await self.outgoing.get())

    def take(self, message):
        kind = message.WhichOneof("message")
        if kind == "open":
            self.session = self.core.session(message.open.session_id)
            self.session.opened(message.open)
            self.send(pb.FromCore(ready=pb.Ready(name="sample core")))
        elif kind == "turn":
            self.stop_reply()
            if message.turn.text:
                self.session.said.append(pb.Said(turn_id=message.turn.turn_id, kind=pb.Said.CALLER, text=message.turn.text))
            self.reply = Reply(self, self.session, message.turn, self.core.pace)
            self.task = asyncio.create_task(self.answer(self.reply))
        elif kind == "cancel":
            self.stop_reply()
        elif kind == "caller":
            self.session.caller = message.caller.caller
        elif kind == "heard":
            self.session.heard(message.heard.turn_id, message.heard.text)
        elif kind == "history":
            self.session.forget_from(message.history.from_turn)
            self.session.said.extend(message.history.said)
        elif kind == "tool_offer":
            self.session.offered(message.tool_offer.tools)
        elif kind == "tool_result":
            waiting = self.reply and self.reply.results.get(message.tool_result.call_id)
            if waiting and not waiting.done() and self.reply.turn.request_id == message.tool_result.request_id:
                waiting.set_result(message.tool_result.output)
        elif kind == "ping":
            self.send(pb.FromCore(pong=pb.Pong(number=message.ping.number)))

    def stop_reply(self):
        if self.task:
            self.task.cancel()
        self.task = None

    async def answer(self, reply):
        try:
            await self.core.brain.answer(reply)
            reply.send(reply_end=pb.ReplyEnd(hang_up=reply.hang_up, transfer=reply.transfer))
        except Exception as error:  # one failed answer is not the end of the call
            print(f"a reply failed: {error!r}", file=sys.stderr)
            reply.send(error=pb.Error(text=f"{type(error).__name__}: {error}"[:500], retryable=getattr(error, "retryable", True)))


class Core(pb_grpc.AgentCoreServicer):
    KEPT, KEPT_FOR = 1000, 600  # sessions, and seconds since they were last used

    def __init__(self, brain, token, pace):
        self.brain, self.token, self.pace = brain, token, pace
        self.sessions = collections.OrderedDict()

    def session(self, name):
        found = self.sessions.pop(name, None) or Session()
        self.sessions[name] = found
        found.used = time.monotonic()
        while len(self.sessions) > self.KEPT or next(iter(self.sessions.values())).used < found.used - self.KEPT_FOR:
            self.sessions.popitem(last=False)
        return found

    async def Converse(self, requests, context):
        shown = dict(context.invocation_metadata()).get("authorization", "")
        if self.token and not hmac.compare_digest(shown.encode(), f"Bearer {self.token}".encode()):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "a wrong token, or none")
        await Connection(self, context.write).run(requests)


RULES = [
    {"words": [["bye", "goodbye"]], "say": "Goodbye, and thank you for calling.", "hang_up": True},
    {"words": [["open", "opening", "hours", "close", "closed"]],
     "say": "We are open from Monday to Friday, from nine in the morning until six in the evening. "
            "On Saturdays we are open from ten to two. On Sundays and holidays we are closed."},
    {"words": [["monday", "tuesday", "wednesday", "thursday", "friday"]], "say": "On that day we are open from nine until six."},
    {"words": [["saturday", "sunday"]], "say": "On Saturdays we are open from ten to two. On Sundays we are closed."},
    {"words": [["where", "address", "location"]],
     "say": "You find us at twelve Market Street, right behind the old town hall. "
            "The tram stops in front of the door, and there are places for bicycles in the yard."},
    {"words": [["telephone", "phone"], ["number"]], "say": "You have called it already. It ends in five five one two."},
    {"words": [["what"], ["time"]], "say": "It is {time}."},
    {"words": [["thanks", "thank"]], "say": "You are welcome. Is there anything else?"},
    {"words": [["no"]], "say": "Goodbye, and thank you for calling.", "hang_up": True},
    {"words": [["hello", "hi"]], "say": "Hello. What can I do for you?"},
]  # fmt: skip


async def serve(options):
    if options.model:
        brain = Model(options.backend, options.model, os.environ.get("OPENAI_API_KEY", ""))
    else:
        brain = Rules(json.loads(pathlib.Path(options.rules).read_text()) if options.rules else RULES)
    # Else a second core on the port would get half of the calls.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    pb_grpc.add_AgentCoreServicer_to_server(Core(brain, os.environ.get("AGENT_CORE_TOKEN", ""), options.pace), server)
    try:
        if options.certificate:
            files = [pathlib.Path(name).read_bytes() for name in (options.key, options.certificate)]
            port = server.add_secure_port(options.listen, grpc.ssl_server_credentials([tuple(files)]))
        else:
            port = server.add_insecure_port(options.listen)
    except RuntimeError:
        sys.exit(f"agent_core.py: cannot listen on {options.listen}: another program does, or it is no address of this machine")
    await server.start()
    print(f"listening on {options.listen.rsplit(':', 1)[0]}:{port}", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await server.stop(grace=1)
    if options.model:
        await brain.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:50051", help="host:port; port 0: any that is free")
    parser.add_argument("--rules", help="JSON file of rules in place of those built in")
    parser.add_argument("--model", help="name of a language model, in place of rules")
    parser.add_argument("--backend", default="http://127.0.0.1:8080/v1", help="where the model is; its key: OPENAI_API_KEY")
    parser.add_argument("--pace", type=float, default=0.03, help="seconds from word to word of a rule's answer")
    parser.add_argument("--certificate", help="PEM file, for TLS")
    parser.add_argument("--key", help="PEM file of the certificate's key")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
