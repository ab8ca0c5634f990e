"""Makes CloudWatch calls with botocore in the protocol asked for, and prints what its parser made of the answers.

Arguments: endpoint URL, protocol ("query" or "json").
Reads one JSON object a line from stdin, {"operation": "PutMetricData", "input": {...}}, and answers each with one JSON
object a line on stdout: {"output": {...}} or {"error": {"Code": ..., "Message": ...}, "status": 400}.
Dates are ISO text both ways.
"""

import copy
import datetime
import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, PROTOCOL = sys.argv[1:3]
NAMES = {"query": "query", "json": "json"}


def forced(load):
    def load_service_model(service, kind, *rest, **named):
        model = load(service, kind, *rest, **named)
        if service != "cloudwatch" or kind != "service-2":
            return model
        model = copy.deepcopy(model)
        model["metadata"]["protocol"] = NAMES[PROTOCOL]
        model["metadata"]["protocols"] = [NAMES[PROTOCOL]]
        if PROTOCOL == "query":
            model["metadata"].pop("awsQueryCompatible", None)
        return model

    return load_service_model


def plain(value):
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


session = botocore.session.get_session()
loader = session.get_component("data_loader")
loader.load_service_model = forced(loader.load_service_model)
client = session.create_client(
    "cloudwatch",
    region_name="eu-west-1",
    endpoint_url=ENDPOINT,
    aws_access_key_id="AKIATEST",
    aws_secret_access_key="test",
    config=Config(retries={"total_max_attempts": 1}, read_timeout=10, connect_timeout=5, parameter_validation=False),
)
assert client.meta.service_model.resolved_protocol == NAMES[PROTOCOL], client.meta.service_model.resolved_protocol

for line in sys.stdin:
    question = json.loads(line)
    try:
        output = client._make_api_call(question["operation"], question["input"])
        output.pop("ResponseMetadata", None)
        answer = {"output": output}
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        details = {key: error.response["Error"].get(key) for key in ("Code", "Message")}
        answer = {"error": details, "status": status}
    print(json.dumps(answer, default=plain), flush=True)
