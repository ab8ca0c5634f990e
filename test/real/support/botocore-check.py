"""Checks wire answers against botocore's own service models, strictly.

Reads one JSON object a line from stdin and answers each with one JSON object a line on stdout, until stdin ends.

Question:
  service    model name: "appconfig", "cloudwatch", "sts", any other botocore knows
  operation  for example "GetDeployment"
  protocol   "rest-json", "json" or "query"
  status     HTTP status
  headers    object; names in any case
  body       text
  also       optional: {"Shape": {"Member": "string" | ["ENUM", ...]}}, members newer than the botocore that is
             installed; one that botocore knows is reported, so that the list cannot grow stale

Answer:
  problems   list of texts; empty when the answer is as the model says
  parsed     what botocore's parser makes of the answer (dates as ISO text, bytes as text)
  botocore   its version

Checked are: the status (modelled success, or the status of the modelled error), that every member in the body is
modelled, that its type, enum value, length, range and timestamp format fit, that required members are there, and that
botocore's parser reads it without complaint. An answer is held to more than a client would hold it to.
"""

import datetime
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import botocore
import botocore.loaders
import botocore.model
import botocore.parsers

# Errors every AWS service may answer with, in none of the models.
COMMON_ERRORS = {
    "ThrottlingException": {429, 400},
    "Throttling": {400},
    "ExpiredTokenException": {403, 400},
    "ExpiredToken": {403},
    "MissingAuthenticationTokenException": {403},
    "MissingAuthenticationToken": {403},
    "AccessDeniedException": {403, 400},
    "AccessDenied": {403},
    "ValidationError": {400},
    "ValidationException": {400},
    "InvalidAction": {400},
    "UnknownOperationException": {404, 400},
    "InternalFailure": {500},
}
LOADER = botocore.loaders.Loader()
MODELS = {}


def model_of(service):
    if service not in MODELS:
        description = LOADER.load_service_model(service, "service-2")
        MODELS[service] = botocore.model.ServiceModel(description, service)
    return MODELS[service]


class Checker:
    def __init__(self, protocol, also):
        self.protocol = protocol
        self.also = also
        self.problems = []

    def problem(self, place, text):
        self.problems.append(f"{place}: {text}")

    # --- JSON bodies -------------------------------------------------------------------------------------------------

    def json_value(self, place, shape, value):
        if value is None:
            self.problem(place, "null instead of a value left out")
            return
        getattr(self, "json_" + shape.type_name, self.json_scalar)(place, shape, value)

    def json_structure(self, place, shape, value):
        if not isinstance(value, dict):
            self.problem(place, f"expected an object, got {type(value).__name__}")
            return
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        also = self.also.get(shape.name, {})
        for key in also:
            if key in names:
                self.problem(place, f"{key} is listed as newer than botocore, which knows it: take it off the list")
        for key, item in value.items():
            if key in names:
                self.json_value(f"{place}.{key}", shape.members[names[key]], item)
            elif key in also:
                self.newer(f"{place}.{key}", also[key], item)
            else:
                self.problem(f"{place}.{key}", f"{shape.name} has no such member")
        for name in shape.required_members:
            member = shape.members[name]
            if "location" not in member.serialization and member.serialization.get("name", name) not in value:
                self.problem(f"{place}.{name}", "required and missing")

    def newer(self, place, kind, value):
        allowed = isinstance(value, str) if kind == "string" else value in kind
        if not allowed:
            self.problem(place, f"{value!r} does not fit {kind}")

    def json_list(self, place, shape, value):
        if not isinstance(value, list):
            self.problem(place, f"expected a list, got {type(value).__name__}")
            return
        self.bounds(place, shape, len(value))
        for index, item in enumerate(value):
            self.json_value(f"{place}[{index}]", shape.member, item)

    def json_map(self, place, shape, value):
        if not isinstance(value, dict):
            self.problem(place, f"expected an object, got {type(value).__name__}")
            return
        for key, item in value.items():
            self.json_value(f"{place}.{key}", shape.value, item)

    def json_scalar(self, place, shape, value):
        kind = shape.type_name
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = {
            "string": isinstance(value, str),
            "character": isinstance(value, str),
            "blob": isinstance(value, str),
            "boolean": isinstance(value, bool),
            "integer": number and not isinstance(value, float),
            "long": number and not isinstance(value, float),
            "float": number,
            "double": number or value in ("NaN", "Infinity", "-Infinity"),
            "timestamp": isinstance(value, str) or number,
        }.get(kind)
        if fits is None:
            self.problem(place, f"the checker does not know the type {kind}")
        elif not fits:
            self.problem(place, f"expected {kind}, got {value!r}")
        else:
            self.constraints(place, shape, value)

    # --- XML bodies --------------------------------------------------------------------------------------------------

    def xml_value(self, place, shape, node):
        getattr(self, "xml_" + shape.type_name, self.xml_scalar)(place, shape, node)

    def xml_structure(self, place, shape, node, beside=()):
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        seen = set()
        for child in node:
            tag = local(child)
            if tag in names:
                if tag in seen and not shape.members[names[tag]].serialization.get("flattened"):
                    self.problem(f"{place}.{tag}", "given twice")
                seen.add(tag)
                self.xml_value(f"{place}.{tag}", shape.members[names[tag]], child)
            elif tag not in beside:
                self.problem(f"{place}.{tag}", f"{shape.name} has no such member")
        for name in shape.required_members:
            if shape.members[name].serialization.get("name", name) not in seen:
                self.problem(f"{place}.{name}", "required and missing")

    def xml_list(self, place, shape, node):
        wanted = shape.member.serialization.get("name", "member")
        for index, child in enumerate(node):
            if local(child) != wanted:
                self.problem(f"{place}[{index}]", f"expected <{wanted}>, got <{local(child)}>")
            else:
                self.xml_value(f"{place}[{index}]", shape.member, child)

    def xml_map(self, place, shape, node):
        for index, child in enumerate(node):
            parts = {local(part): part for part in child}
            if local(child) != "entry" or set(parts) != {"key", "value"}:
                self.problem(f"{place}[{index}]", "expected <entry><key/><value/></entry>")
            else:
                self.xml_value(f"{place}[{index}]", shape.value, parts["value"])

    def xml_scalar(self, place, shape, node):
        if len(node):
            self.problem(place, f"expected {shape.type_name}, got elements")
            return
        text = node.text or ""
        self.text_scalar(place, shape, text)

    def text_scalar(self, place, shape, text):
        kind = shape.type_name
        try:
            if kind in ("integer", "long"):
                value = int(text)
            elif kind in ("float", "double"):
                value = float(text)
            elif kind == "boolean":
                if text not in ("true", "false"):
                    raise ValueError(text)
                value = text == "true"
            else:
                value = text
        except ValueError:
            self.problem(place, f"expected {kind}, got {text!r}")
            return
        self.constraints(place, shape, value)

    # --- What holds for every form -----------------------------------------------------------------------------------

    def constraints(self, place, shape, value):
        if shape.type_name == "timestamp":
            self.timestamp(place, shape, value)
        elif shape.type_name == "string":
            if shape.enum and value not in shape.enum:
                self.problem(place, f"{value!r} is none of {', '.join(shape.enum)}")
            self.bounds(place, shape, len(value))
            pattern = shape.metadata.get("pattern")
            if pattern and not compiled(pattern).search(value):
                self.problem(place, f"{value!r} does not match {pattern}")

    def bounds(self, place, shape, size):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and size < least) or (most is not None and size > most):
            self.problem(place, f"length {size} is not within {least}..{most}")

    def timestamp(self, place, shape, value):
        default = {"json": "unixtimestamp", "rest-json": "unixtimestamp", "query": "iso8601"}[self.protocol]
        wanted = shape.serialization.get("timestampFormat") or shape.metadata.get("timestampFormat") or default
        iso = isinstance(value, str) and re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", value
        )
        fits = iso if wanted == "iso8601" else isinstance(value, (int, float))
        if not fits:
            self.problem(place, f"{value!r} is no timestamp of the format {wanted}")


def local(node):
    return node.tag.rsplit("}", 1)[-1]


def compiled(pattern):
    # The models' patterns are Java's: possessive quantifiers and class syntax that Python shares suffice here.
    return re.compile(pattern)


def check_headers(checker, shape, headers):
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        if where == "header":
            text = headers.get(member.serialization.get("name", name).lower())
            if text is not None:
                checker.text_scalar(f"header {name}", member, text)
            elif name in shape.required_members:
                checker.problem(f"header {name}", "required and missing")


def check_success(checker, operation, question, headers):
    expected = operation.http.get("responseCode", 200) if question["protocol"] == "rest-json" else 200
    if question["status"] != expected:
        checker.problem("status", f"{question['status']} instead of {expected}")
    shape, body = operation.output_shape, question["body"]
    if question["protocol"] == "query":
        return check_query(checker, operation, body)
    if shape is None or not shape.members:
        if body not in ("", "{}"):
            checker.problem("body", "the operation has no output, the answer has a body")
        return None
    check_headers(checker, shape, headers)
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "blob":
        return None
    if "json" not in headers.get("content-type", ""):
        checker.problem("header content-type", f"{headers.get('content-type')!r} is not JSON")
    return checker.json_value(operation.name, shape, json.loads(body))


def check_query(checker, operation, body):
    root = ElementTree.fromstring(body)
    if local(root) != f"{operation.name}Response":
        checker.problem("body", f"the root is <{local(root)}>")
    shape = operation.output_shape
    children = {local(child): child for child in root}
    unknown = set(children) - {"ResponseMetadata", f"{operation.name}Result"}
    if unknown:
        checker.problem("body", f"unexpected {', '.join(sorted(unknown))}")
    if "ResponseMetadata" not in children:
        checker.problem("body", "no ResponseMetadata")
    if shape is None:
        return
    wrapper = shape.serialization.get("resultWrapper")
    if wrapper not in children:
        checker.problem("body", f"no <{wrapper}>")
    else:
        checker.xml_structure(operation.name, shape, children[wrapper])


def error_parts(question, headers):
    """Code, and the members beside the code and the message, of an error answer."""
    body = question["body"]
    if question["protocol"] == "query":
        root = ElementTree.fromstring(body)
        error = next((child for child in root if local(child) == "Error"), None)
        if local(root) != "ErrorResponse" or error is None:
            return None, {}
        parts = {local(child): child.text for child in error}
        return parts.get("Code"), {}
    parts = json.loads(body)
    header = headers.get("x-amzn-errortype") if question["protocol"] == "rest-json" else None
    code = (header or parts.pop("__type", "")).split("#")[-1].split(":")[0]
    return code, parts


def check_error(checker, operation, question, headers):
    code, parts = error_parts(question, headers)
    modelled = {}
    for shape in operation.error_shapes:
        for name in {shape.name, shape.error_code}:
            modelled[name] = shape
    if code in modelled:
        shape = modelled[code]
        expected = shape.metadata.get("error", {}).get("httpStatusCode")
        # AWS JSON 1.0 sends its modelled errors under 400 or 500; the model's number is that of the query protocol.
        statuses = {expected} if question["protocol"] == "rest-json" else {expected, 400 if expected < 500 else 500}
        if expected is not None and question["status"] not in statuses:
            checker.problem("status", f"{question['status']} instead of {expected} for {code}")
        names = {member.lower(): member for member in shape.members}
        for key, value in parts.items():
            if key.lower() in names:
                checker.json_value(f"{code}.{key}", shape.members[names[key.lower()]], value)
            elif key.lower() != "message":
                checker.problem(f"{code}.{key}", "no such member")
    elif code in COMMON_ERRORS:
        if question["status"] not in COMMON_ERRORS[code]:
            checker.problem("status", f"{question['status']} for {code}")
    else:
        checker.problem("error", f"{operation.name} has no error {code!r}")


def parse(operation, question, headers):
    raw = {
        "headers": headers,
        "status_code": question["status"],
        "body": question["body"].encode(),
        "context": {},
    }
    parser = botocore.parsers.create_parser(question["protocol"])
    shape = operation.output_shape
    return parser.parse(raw, shape)


def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    return str(value)


def check(question):
    service = model_of(question["service"])
    operation = service.operation_model(question["operation"])
    headers = {name.lower(): value for name, value in question["headers"].items()}
    checker = Checker(question["protocol"], question.get("also", {}))
    protocols = service.metadata.get("protocols") or [service.metadata["protocol"]]
    if question["protocol"] not in protocols:
        checker.problem("protocol", f"{question['service']} speaks {', '.join(protocols)}")
    if not headers.get("x-amzn-requestid"):
        checker.problem("header x-amzn-requestid", "missing")
    parsed = None
    try:
        (check_success if question["status"] < 300 else check_error)(checker, operation, question, headers)
        parsed = parse(operation, question, headers)
    except Exception as error:  # Whatever the body did to the reader is the finding.
        checker.problem("body", f"cannot be read: {type(error).__name__}: {error}")
    return {"problems": checker.problems, "parsed": parsed, "botocore": botocore.__version__}


def main():
    for line in sys.stdin:
        if line.strip():
            try:
                answer = check(json.loads(line))
            except Exception as error:  # A question that cannot be understood is the caller's mistake: told, not fatal.
                answer = {"problems": [f"question: {type(error).__name__}: {error}"], "parsed": None}
            print(json.dumps(answer, default=plain), flush=True)


if __name__ == "__main__":
    main()
