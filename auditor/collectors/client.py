"""One request through a boto3 client, its faults turned into AnswerError."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import ParseError

import botocore.exceptions
from botocore import xform_name

from auditor.collectors.base import Call, Params
from auditor.collectors.source import AnswerError
from auditor.schema import Item

MESSAGE_LIMIT = 300
# Messages of refusals quote request ids and encoded texts that change with every run.
NOISE = re.compile(r"(?i)\s*(?:encoded authorization failure message:|request ?id:?)\s*\S+")


def call_client(client: Any, call: Call, params: Params) -> Item:
    """Return the parsed answer; raise AnswerError with AWS's code and a short message."""
    try:
        answer: dict[str, Any] = getattr(client, xform_name(call.operation))(**params)
    except botocore.exceptions.ClientError as error:
        said = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = str(said.get("Code") or "Unknown")
        raise AnswerError(code, shortened(str(said.get("Message") or code)), status) from None
    except botocore.exceptions.NoCredentialsError:
        raise AnswerError("NoCredentials", "credentials ran out") from None
    except botocore.exceptions.EndpointConnectionError:
        raise AnswerError("EndpointConnectionError", "the endpoint cannot be reached") from None
    except botocore.exceptions.ParamValidationError:
        raise AnswerError("ParamValidation", "the request was not accepted by the SDK") from None
    except RuntimeError:
        # botocore's own, where what refreshes the credentials hands out old ones.
        raise AnswerError("ExpiredToken", "the refreshed credentials have expired") from None
    except (botocore.exceptions.BotoCoreError, ParseError) as error:
        # Parser errors quote the answer's body, which may hold anything. botocore lets the one of
        # GetBucketLocation, whose body it reads by itself, through as it is.
        raise AnswerError(type(error).__name__, "the request or its answer failed") from None
    answer.pop("ResponseMetadata", None)
    return answer


def shortened(message: str) -> str:
    """Return an AWS message in one line of bounded length."""
    if message.lstrip().startswith("<"):
        return "the service answered with an error page"
    text = " ".join(NOISE.sub("", message).split())
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"
