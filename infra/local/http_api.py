"""Gives the deployed HTTP API its routes, integrations, authorizers and CORS.

On AWS, CloudFormation imports them from the OpenAPI body that SAM makes of the functions' HttpApi events. MiniStack
1.5.33 makes the API but ignores that body, so this does what the import would have done. It runs after each deployment.
"""

import json
import re
from typing import Any

import boto3

from infra.local.progress import Problem
from infra.local.settings import STACK_NAME

type Json = dict[str, Any]

_METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "x-amazon-apigateway-any-method"}


def create_routes() -> None:
    """Replace what the API has by what the deployed template says. Raises Problem if the template has no HTTP API."""
    cloudformation = boto3.client("cloudformation")
    template: Json = cloudformation.get_template(StackName=STACK_NAME, TemplateStage="Processed")["TemplateBody"]
    resources = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    physical_ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            _import_body(physical_ids[logical_id], resource["Properties"]["Body"], physical_ids)
            return
    raise Problem("template.yaml has no AWS::Serverless::HttpApi")


def _import_body(api_id: str, body: Json, physical_ids: dict[str, str]) -> None:
    gateway: Any = boto3.client("apigatewayv2")  # its requests are pieces of the body, which only AWS can check
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        gateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    for integration in gateway.get_integrations(ApiId=api_id)["Items"]:
        gateway.delete_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"])
    for authorizer in gateway.get_authorizers(ApiId=api_id)["Items"]:
        gateway.delete_authorizer(ApiId=api_id, AuthorizerId=authorizer["AuthorizerId"])

    authorizers = {}
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        settings = scheme["x-amazon-apigateway-authorizer"]
        authorizers[name] = gateway.create_authorizer(
            ApiId=api_id,
            Name=name,
            AuthorizerType="REQUEST",
            AuthorizerUri=_invocation_uri(settings["authorizerUri"], physical_ids),
            IdentitySource=settings["identitySource"],
            AuthorizerPayloadFormatVersion=settings["authorizerPayloadFormatVersion"],
            EnableSimpleResponses=settings["enableSimpleResponses"],
            AuthorizerResultTtlInSeconds=settings["authorizerResultTtlInSeconds"],
        )["AuthorizerId"]

    for path, operations in body["paths"].items():
        for method in _METHODS & operations.keys():
            operation = operations[method]
            integration_id = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=_invocation_uri(operation["x-amazon-apigateway-integration"]["uri"], physical_ids),
                PayloadFormatVersion=operation["x-amazon-apigateway-integration"]["payloadFormatVersion"],
            )["IntegrationId"]
            # SAM writes NONE where an event opts out of the default authorizer.
            names = [name for requirement in operation.get("security", []) for name in requirement if name != "NONE"]
            gateway.create_route(
                ApiId=api_id,
                RouteKey=_route_key(method, path),
                Target=f"integrations/{integration_id}",
                AuthorizationType="CUSTOM" if names else "NONE",
                **({"AuthorizerId": authorizers[names[0]]} if names else {}),
            )

    if cors := body.get("x-amazon-apigateway-cors"):
        gateway.update_api(ApiId=api_id, CorsConfiguration={name[0].upper() + name[1:]: cors[name] for name in cors})


def _route_key(method: str, path: str) -> str:
    if path.strip("/") == "$default":
        return "$default"
    return f"{'ANY' if method.startswith('x-') else method.upper()} {path}"


def _invocation_uri(uri: Json, physical_ids: dict[str, str]) -> str:
    """The ARN by which API Gateway invokes the one function that this Fn::Sub names, in either form that SAM writes."""
    named = re.search(r'\$\{(\w+)\.Arn\}|"Fn::GetAtt": \["(\w+)", "Arn"\]', json.dumps(uri))
    if named is None:
        raise Problem(f"cannot tell which function this means: {uri}")
    arn = boto3.client("lambda").get_function_configuration(FunctionName=physical_ids[named[1] or named[2]])[
        "FunctionArn"
    ]
    return f"arn:aws:apigateway:{arn.split(':')[3]}:lambda:path/2015-03-31/functions/{arn}/invocations"
