"""The control API from outside: requests, and answers held against its own description (openapi.json)."""
import http.client
import json
import time


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.type = (response.headers.get("Content-Type") or "").split(";")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of an error, "" of anything else."""
        return self.json["error"]["code"] if self.type == "application/json" and self.status >= 400 else ""


class ControlApi:
    """`description`, once it is read, is what every answer must be like."""

    def __init__(self, port, token=None):
        self.port = port
        self.token = token
        self.description = None
        self.seen = set()  # (method, path of the description, status)

    def request(self, method, target, body=None, **fields):
        """`body` is JSON of whatever it is, bytes as they are. Fields with None are left out."""
        headers = {"Content-Type": "application/json"} if method != "GET" else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        headers = {name: value for name, value in headers.items() if value is not None}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, target, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            if data is not None or method not in ("GET", "HEAD"):
                connection.putheader("Content-Length", str(len(data or b"")))
            connection.endheaders(data)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        if self.description:
            self.description.check(self, method, target, answer)
        return answer

    def get(self, target, **fields):
        return self.request("GET", "/api/v1" + target, **fields)

    def post(self, target, body=None, **fields):
        return self.request("POST", "/api/v1" + target, body, **fields)

    def running(self):
        return self.get("/sessions?state=running").json["sessions"]

    def wait(self, condition, what, timeout=60):
        """The first true value of condition()."""
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            assert time.monotonic() < deadline, f"{what} did not come within {timeout} s"
            time.sleep(0.05)
        return found

    def read_description(self):
        self.description = Description(self.get("/openapi.json").json)
        self.get("/openapi.json")
        return self.description


class NotAsDescribed(AssertionError):
    pass


class Description:
    """As much of OpenAPI 3.1 and JSON Schema as the document uses; what it does not know it refuses."""

    KNOWN = {
        "type", "properties", "required", "items", "additionalProperties", "unevaluatedProperties", "allOf", "anyOf",
        "enum", "description", "$ref", "format", "maxItems", "maxLength", "minimum", "maximum", "default",
    }  # fmt: skip
    TYPES = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
        "null": type(None),
    }  # fmt: skip

    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            target = self.document
            for part in schema["$ref"][2:].split("/"):
                target = target[part]
            schema = target
        return schema

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in item:
                if method != "parameters":
                    yield method.upper(), path

    def find(self, method, target):
        parts = target.split("?")[0].split("/")
        for path, item in self.document["paths"].items():
            pattern = path.split("/")
            if len(pattern) == len(parts) and all(p == q or p.startswith("{") for p, q in zip(pattern, parts)):
                return path, item.get(method.lower())
        return None, None

    def check(self, api, method, target, answer):
        path, operation = self.find("GET" if method == "HEAD" else method, target)
        error = self.document["components"]["responses"]["Error"]
        response = (operation or {}).get("responses", {}).get(str(answer.status))
        if response is None:
            if answer.status < 400:
                raise NotAsDescribed(f"{method} {target} answers {answer.status}, which is not described")
            response = error
        api.seen.add((method, path, answer.status))
        content = self.resolve(response)["content"]
        if answer.type not in content:
            # What never came to the API: the HTTP server's own refusals.
            if answer.type in ("", "text/plain") and answer.status in (400, 413, 411, 429, 431):
                return
            raise NotAsDescribed(f"{method} {target} answers {answer.type}, not {list(content)}")
        if answer.type == "application/json" and method != "HEAD":
            self.validate(answer.json, content[answer.type]["schema"], f"{method} {target}")

    def members(self, schema):
        """All properties and required ones, with those of allOf."""
        schema = self.resolve(schema)
        properties, required = dict(schema.get("properties", {})), set(schema.get("required", []))
        for part in schema.get("allOf", []):
            more, needed = self.members(part)
            properties.update(more)
            required |= needed
        return properties, required

    def validate(self, value, schema, where):
        schema = self.resolve(schema)
        if unknown := set(schema) - self.KNOWN:
            raise NotAsDescribed(f"{where}: the test does not know {unknown}")
        if "anyOf" in schema:
            self.validate_any(value, schema["anyOf"], where)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(
            isinstance(value, self.TYPES[t]) and (t == "boolean" or not isinstance(value, bool)) for t in types
        ):
            raise NotAsDescribed(f"{where} is {value!r}, not {types}")
        if "enum" in schema and value not in schema["enum"]:
            raise NotAsDescribed(f"{where} is {value!r}, not one of {schema['enum']}")
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                self.validate(item, schema["items"], f"{where}[{index}]")
        if isinstance(value, dict):
            self.validate_object(value, schema, where)

    def validate_any(self, value, schemas, where):
        failures = []
        for schema in schemas:
            try:
                return self.validate(value, schema, where)
            except NotAsDescribed as failure:
                failures.append(str(failure))
        raise NotAsDescribed("; ".join(failures))

    def validate_object(self, value, schema, where):
        properties, required = self.members(schema)
        if missing := required - set(value):
            raise NotAsDescribed(f"{where} lacks {sorted(missing)}")
        rest = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        for name, member in value.items():
            if name in properties:
                self.validate(member, properties[name], f"{where}.{name}")
            elif rest is False:
                raise NotAsDescribed(f"{where}.{name} is not described")
            elif isinstance(rest, dict):
                self.validate(member, rest, f"{where}.{name}")
