"""Checks what a caller would send against botocore's own model of the operation.

Arguments: service, operation. Reads the parameters as JSON from stdin; writes every problem as a line of text: unknown and
missing members, wrong types and lengths as botocore's validator finds them, and values that are in no enumeration.
"""

import json
import sys

import botocore.loaders
import botocore.model
import botocore.validate


def enums(place, shape, value):
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                yield from enums(f"{place}.{name}", shape.members[name], inner)
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from enums(f"{place}[{index}]", shape.member, inner)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{place}: {value} is none of {', '.join(shape.enum)}"


service, operation = sys.argv[1:]
description = botocore.loaders.Loader().load_service_model(service, "service-2")
shape = botocore.model.ServiceModel(description, service).operation_model(operation).input_shape
parameters = json.load(sys.stdin)
report = botocore.validate.ParamValidator().validate(parameters, shape)
problems = report.generate_report().splitlines() if report.has_errors() else list(enums("input", shape, parameters))
print("\n".join(problems))
