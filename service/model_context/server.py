"""The server of the protocol: tools, resources and instructions, over whatever transport there is."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import MCPError, types
from mcp.server import Server, ServerRequestContext
from pydantic_core import to_json

from domain.near import did_you_mean, nearest
from service import __version__
from service.http.problem_kinds import PROBLEMS
from service.http.problems import Problem, ProblemBody, problem_body
from service.http.routing import JSON
from service.model_context.asking import Ask, Refusal
from service.model_context.figures import ESTIMATE
from service.model_context.instructions import INSTRUCTIONS
from service.model_context.permalinks import resource, templates
from service.model_context.resources import indicators, resource_body
from service.model_context.tools import TOOLS, Tool, answer_schema

_logger = logging.getLogger("intellog")
_READ_ONLY = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
Context = ServerRequestContext[Any, Any]
Asking = Callable[[Any], Ask]
"""Finds by what a request is answered: from the HTTP request that it came in, None over stdio."""


def model_server(asking: Asking) -> Server[Any]:
    """A server that has no state of its own."""

    async def list_tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(each) for each in TOOLS.values()])

    async def call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in TOOLS:
            raise MCPError(types.INVALID_PARAMS, _no_tool(params.name))
        return await _called(TOOLS[params.name], asking(context.request), params.arguments or {})

    async def list_resources(
        context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return await _resources(asking(context.request), params.cursor if params else None)

    async def list_templates(
        _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=_templates())

    async def read_resource(
        context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        return await _resource(asking(context.request), str(params.uri))

    return Server(
        "intellog",
        version=__version__,
        title="intellog",
        description="Reported figures with their origins, bounds and support, as of any time.",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: TOOLS[name].arguments.schema() if name in TOOLS else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _tool(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.schema(),
        output_schema=answer_schema(tool.name),
        annotations=_READ_ONLY,
    )


def _no_tool(name: str) -> str:
    known = f"; there are {', '.join(TOOLS)}"
    return f"there is no tool '{name[:60]}'{did_you_mean(nearest(name, TOOLS), known)}"


async def _called(tool: Tool, ask: Ask, given: dict[str, Any]) -> types.CallToolResult:
    """The answer of a tool, in words and in data; whatever goes wrong is an answer for the model."""
    try:
        answer = await tool.run(ask, tool.arguments.read(given))
        text = types.TextContent(type="text", text=tool.text(answer))
    except (Refusal, Problem) as refused:
        return _refused(_body(refused))
    except Exception:
        _logger.exception("failed: tool %s", tool.name)
        return _refused(problem_body(Problem("internal", "something went wrong here")))
    return types.CallToolResult(content=[text], structured_content=answer)


def _body(refused: Refusal | Problem) -> ProblemBody:
    return refused.body if isinstance(refused, Refusal) else problem_body(refused)


def _refused(body: ProblemBody) -> types.CallToolResult:
    """An error that a model can act on: what is wrong, where, and what to do."""
    code = body["type"].rpartition("/")[2]
    lines = [f"{code}: {body['detail']}"]
    lines += [f"{each['pointer']} {each['message']}" for each in body.get("errors", [])]
    if code in PROBLEMS:
        lines.append(f"What to do: {PROBLEMS[code].cure}")
    text = types.TextContent(type="text", text="\n".join(lines))
    return types.CallToolResult(content=[text], is_error=True)


async def _resources(ask: Ask, cursor: str | None) -> types.ListResourcesResult:
    page = await _or_error(indicators(ask, cursor))
    found = [
        types.Resource(
            name=each["id"],
            title=each["title"],
            uri=resource(ESTIMATE, {"indicator": each["id"]}, {}),
            description=each["definition"] or None,
            mime_type=JSON,
        )
        for each in page["items"]
    ]
    return types.ListResourcesResult(resources=found, next_cursor=page["next_cursor"])


def _templates() -> list[types.ResourceTemplate]:
    return [
        types.ResourceTemplate(
            name=each.name,
            uri_template=each.address,
            description=each.description,
            mime_type=JSON,
        )
        for each in templates()
    ]


async def _resource(ask: Ask, uri: str) -> types.ReadResourceResult:
    body = await _or_error(resource_body(ask, uri))
    text = types.TextResourceContents(uri=uri, mime_type=JSON, text=to_json(body).decode())
    return types.ReadResourceResult(contents=[text])


async def _or_error(answer: Awaitable[Any]) -> Any:
    """An answer, or the error of the protocol that says why there is none."""
    try:
        return await answer
    except (Refusal, Problem) as refused:
        body = _body(refused)
        raise MCPError(types.INVALID_PARAMS, body["detail"], dict(body)) from None
