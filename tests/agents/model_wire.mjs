// SPDX-License-Identifier: GPL-2.0-only
// Three ways to talk to a model, each made into the same: what was said, which tools there are, how to answer.
//
//	turns(body)	[{ who: 'person' | 'model' | 'tool' | 'other', text, id }]	id: of the call a tool answers
//	tools(body)	[{ name, schema, ... }]
//	schema(body)	of the JSON that is wanted, if one is
//	send(res, body, what, n)	what: { verb: 'say', text } or { verb: 'call', id, tool, args }

const words = (c) => typeof c === 'string' ? c : (c ?? []).map((x) => x.text ?? '').join('\n')

function stream(res) {
	res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
	return (data, event = data.type) => res.write(`${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
}
function whole(res, data) {
	res.writeHead(200, { 'content-type': 'application/json' })
	res.end(JSON.stringify(data))
}

// --- Anthropic: Messages ---

export const anthropic = {
	turns: (body) => body.messages.flatMap((m) => {
		const parts = typeof m.content === 'string' ? [{ type: 'text', text: m.content }] : m.content
		const who = { user: 'person', assistant: 'model' }[m.role] ?? 'other'
		return parts.map((p) => ({
			text: { who, text: p.text },
			tool_use: { who: 'model', text: `(${p.name} ${JSON.stringify(p.input)})`, id: p.id },
			tool_result: { who: 'tool', text: words(p.content), id: p.tool_use_id },
		}[p.type])).filter(Boolean)
	}),
	tools: (body) => (body.tools ?? []).map((t) => ({ name: t.name, schema: t.input_schema })),
	schema: (body) => body.output_config?.format?.schema ?? body.output_format?.schema,
	send(res, body, what, n) {
		const is_call = what.verb === 'call'
		const block = is_call ? { type: 'tool_use', id: what.id, name: what.tool.name, input: what.args }
			: { type: 'text', text: what.text }
		const end = { stop_reason: is_call ? 'tool_use' : 'end_turn', stop_sequence: null }
		const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
		const message = { id: `msg_${n}`, type: 'message', role: 'assistant', model: body.model, content: [], ...end, usage }

		if (!body.stream)
			return whole(res, { ...message, content: [block] })
		const put = stream(res)
		put({ type: 'message_start', message: { ...message, stop_reason: null } })
		put({ type: 'content_block_start', index: 0, content_block: is_call ? { ...block, input: {} } : { ...block, text: '' } })
		put({ type: 'content_block_delta', index: 0, delta: is_call
			? { type: 'input_json_delta', partial_json: JSON.stringify(what.args) }
			: { type: 'text_delta', text: what.text } })
		put({ type: 'content_block_stop', index: 0 })
		put({ type: 'message_delta', delta: end, usage: { output_tokens: 10 } })
		put({ type: 'message_stop' })
		res.end()
	},
}

// --- OpenAI: Responses.  Tools of MCP servers come in namespaces. ---

const tool_of = (t, namespace) => ({ name: t.name ?? t.type, schema: t.parameters, namespace })

export const responses = {
	turns: (body) => [body.input].flat().map((x) => {
		if (typeof x === 'string')
			return { who: 'person', text: x }
		if (/_output$/.test(x.type))
			return { who: 'tool', text: words(x.output), id: x.call_id }
		if (/_call$/.test(x.type))
			return { who: 'model', text: `(${x.name} ${x.arguments ?? x.input ?? ''})`, id: x.call_id }
		return { who: { user: 'person', assistant: 'model' }[x.role] ?? 'other', text: words(x.content) }
	}),
	tools: (body) => (body.tools ?? []).flatMap((t) => t.type === 'namespace'
		? t.tools.map((f) => tool_of(f, t.name)) : [tool_of(t)]),
	schema: (body) => body.text?.format?.schema,
	send(res, body, what, n) {
		const item = what.verb === 'call'
			? { type: 'function_call', id: `fc_${n}`, call_id: what.id, name: what.tool.name, status: 'completed',
				arguments: JSON.stringify(what.args), ...(what.tool.namespace && { namespace: what.tool.namespace }) }
			: { type: 'message', id: `msg_${n}`, role: 'assistant', status: 'completed',
				content: [{ type: 'output_text', text: what.text, annotations: [] }] }
		const response = { id: `resp_${n}`, object: 'response', created_at: 0, model: body.model, status: 'in_progress', output: [] }
		const usage = { input_tokens: 10, output_tokens: 10, total_tokens: 20,
			input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } }
		const finished = { ...response, status: 'completed', output: [item], usage }

		if (!body.stream)
			return whole(res, finished)
		const put = stream(res)
		let sequence_number = 0
		const say = (type, rest) => put({ type, sequence_number: sequence_number++, ...rest })
		say('response.created', { response })
		say('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress' } })
		if (what.verb === 'say')
			say('response.output_text.delta', { item_id: item.id, output_index: 0, content_index: 0, delta: what.text })
		say('response.output_item.done', { output_index: 0, item })
		say('response.completed', { response: finished })
		res.end()
	},
}

// --- OpenAI: chat completions ---

export const completions = {
	turns: (body) => body.messages.flatMap((m) => {
		const calls = (m.tool_calls ?? []).map((c) =>
			({ who: 'model', text: `(${c.function.name} ${c.function.arguments})`, id: c.id }))
		const who = { user: 'person', assistant: 'model', tool: 'tool' }[m.role] ?? 'other'
		return [{ who, text: words(m.content), id: m.tool_call_id }, ...calls]
	}),
	tools: (body) => (body.tools ?? []).map((t) => ({ name: t.function.name, schema: t.function.parameters })),
	schema: (body) => body.response_format?.json_schema?.schema,
	send(res, body, what, n) {
		const is_call = what.verb === 'call'
		const message = is_call ? { role: 'assistant', content: null, tool_calls: [{ index: 0, id: what.id, type: 'function',
			function: { name: what.tool.name, arguments: JSON.stringify(what.args) } }] }
			: { role: 'assistant', content: what.text }
		const base = { id: `chatcmpl_${n}`, created: 0, model: body.model }
		const finish_reason = is_call ? 'tool_calls' : 'stop'
		const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 }

		if (!body.stream)
			return whole(res, { ...base, object: 'chat.completion', usage, choices: [{ index: 0, message, finish_reason }] })
		const put = stream(res)
		const chunk = (rest) => put({ ...base, object: 'chat.completion.chunk', ...rest })
		chunk({ choices: [{ index: 0, delta: message, finish_reason: null }] })
		chunk({ choices: [{ index: 0, delta: {}, finish_reason }] })
		chunk({ choices: [], usage })
		res.end('data: [DONE]\n\n')
	},
}
