#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
// usage: model.mjs DIR   A language model that plays a part, for agents under test; on loopback only.
//
//	DIR/port		where it listens, once it does
//	DIR/plays/NAME		the parts; "Play: NAME" in what a person says chooses one
//	DIR/log.jsonl		one line a request: who was to play what, and what the conversation held
//	DIR/requests/N.json	the request itself
//
// A part is made of lines:
//
//	when WORDS	a scene: it is played when the newest thing that a person said has these words; the
//			last such scene counts.  What stands before the first is played at "Play: NAME".
//	sh COMMAND	asks the agent to run this
//	tool NAME JSON	asks for a tool of an MCP server
//	wait FILE	says nothing until DIR/FILE is there
//	say WORDS	says so, and ends the turn
//
// Which line is next is read from the conversation alone: the tool calls carry scene and line in their ids.
// So it can be asked twice, killed, and asked by several agents at once.
//
// It speaks Anthropic's Messages, OpenAI's Responses and chat completions (model_wire.mjs), and ends by
// itself after ten minutes.  $REEVE_TEST_WAIT: seconds that it waits at "wait" (60).
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { anthropic, responses, completions } from './model_wire.mjs'

const LIFE_MS = 600_000
const WAIT_MS = 1000 * (process.env.REEVE_TEST_WAIT ?? 60)
const dir = process.argv[2]
let count = 0

const note = (entry) => fs.appendFileSync(path.join(dir, 'log.jsonl'), JSON.stringify(entry) + '\n')

// --- the parts ---

function readPlay(name) {
	const scenes = [{ words: `Play: ${name}`, lines: [] }]
	for (const line of fs.readFileSync(path.join(dir, 'plays', path.basename(name)), 'utf8').split('\n')) {
		const m = /^\s*(when|sh|tool|wait|say)\s+(.*)$/.exec(line)
		if (!m && line.trim() !== '')
			throw new Error(`play ${name}: not understood: ${line}`)
		if (m?.[1] === 'when')
			scenes.push({ words: m[2].trim(), lines: [] })
		else if (m)
			scenes.at(-1).lines.push({ verb: m[1], rest: m[2] })
	}
	return scenes
}

// Agents add reminders of their own to what a person said.
const spoken = (text) => text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '')

// The newest turn of a person that some scene waits for: [scene's number, turn's number].
function cue(scenes, turns) {
	for (let t = turns.length - 1; t >= 0; t--) {
		if (turns[t].who !== 'person')
			continue
		for (let s = scenes.length - 1; s >= 0; s--)
			if (spoken(turns[t].text).includes(scenes[s].words))
				return [s, t]
	}
	return [-1, -1]
}

// What is to be done now: { verb: 'say' | 'call', ... }
async function act(turns, tools, entry) {
	const name = turns.map((t) => t.who === 'person' && /Play: ([a-z0-9-]+)/.exec(spoken(t.text))).find(Boolean)?.[1]
	if (!name)
		return { verb: 'say', text: 'nobody told me which play this is' }
	const scenes = readPlay(name)
	const [s, t] = cue(scenes, turns)
	const done = turns.slice(t).filter((x) => x.who === 'tool')
		.map((x) => /^act-(\d+)-(\d+)-/.exec(x.id ?? '')).filter((m) => m && +m[1] === s).map((m) => +m[2] + 1)
	let step = Math.max(0, ...done)

	Object.assign(entry, { play: name, scene: s < 0 ? null : scenes[s].words })
	for (; s >= 0 && step < scenes[s].lines.length; step++) {
		const { verb, rest } = scenes[s].lines[step]
		entry.step = step
		if (verb === 'wait') {
			note({ ...entry, waits: rest })
			if (!await seen(rest.trim()))
				return { verb: 'say', text: `nobody made ${rest}` }
			continue
		}
		if (verb === 'say')
			return { verb, text: rest }
		return { verb: 'call', id: `act-${s}-${step}-${count}`, ...call(verb, rest, tools) }
	}
	return { verb: 'say', text: 'that was all' }
}

// until DIR/NAME is there: told by the directory, looked at before and after
async function seen(name) {
	const is = () => fs.existsSync(path.join(dir, name))
	if (is())
		return true
	return new Promise((resolve) => {
		const end = (found) => { clearTimeout(timer); watch.close(); resolve(found) }
		const watch = fs.watch(dir, () => is() && end(true))
		const timer = setTimeout(() => end(is()), WAIT_MS)
		if (is())
			end(true)
	})
}

// --- tools, as each agent calls them ---

const SHELLS = ['Bash', 'bash', 'exec_command', 'shell_command', 'shell']

function call(verb, rest, tools) {
	if (verb === 'tool') {
		const [, name, json] = /^(\S+)\s*(.*)$/.exec(rest)
		const tool = tools.find((x) => x.name === name || x.name.endsWith(`_${name}`))
		return { tool: tool ?? { name }, args: json ? JSON.parse(json) : {} }
	}
	const tool = SHELLS.map((n) => tools.find((x) => x.name === n)).find(Boolean)
	if (!tool)
		throw new Error(`no shell among: ${tools.map((x) => x.name).join(' ')}`)
	const known = tool.schema?.properties ?? {}
	const key = known.cmd ? 'cmd' : 'command'
	const args = { [key]: known[key]?.type === 'array' ? ['bash', '-c', rest] : rest }
	for (const r of tool.schema?.required ?? [])
		args[r] ??= known[r]?.type === 'number' ? 60000 : 'as the play says'
	return { tool, args }
}

// Titles, classifiers: questions of the agent's own, without tools or for a JSON of a given form.
function aside(schema) {
	if (!schema)
		return { verb: 'say', text: 'a title' }
	const value = (p) => p.enum?.[0] ?? ({ boolean: false, number: 0, integer: 0, array: [] }[p.type] ?? 'a title')
	const o = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([k, p]) => [k, value(p)]))
	return { verb: 'say', text: JSON.stringify(o) }
}

// --- the server ---

const wires = [[/\/messages$/, anthropic], [/\/responses$/, responses], [/\/chat\/completions$/, completions]]

async function answer(req, res, text) {
	const where = new URL(req.url, 'http://localhost').pathname
	const wire = wires.find(([is]) => is.test(where))?.[1]
	if (req.method !== 'POST' || !wire) {
		note({ n: ++count, other: `${req.method} ${where}` })
		const known = /\/models$/.test(where) || where === '/'
		res.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
		res.end(JSON.stringify(known ? { object: 'list', data: [] } : { error: { message: 'not played here' } }))
		return
	}
	const body = JSON.parse(text)
	const entry = { n: ++count }
	const [turns, tools, schema] = [wire.turns(body), wire.tools(body), wire.schema(body)]
	fs.writeFileSync(path.join(dir, 'requests', `${count}.json`), text)
	entry.model_said = turns.filter((x) => x.who === 'model').map((x) => x.text)
	entry.tool_said = turns.filter((x) => x.who === 'tool').map((x) => x.text)
	entry.tools = tools.map((x) => x.name)
	const what = tools.length === 0 || schema ? aside(schema) : await act(turns, tools, entry)
	note({ ...entry, does: what.verb === 'say' ? `say ${what.text}` : `${what.tool.name} ${JSON.stringify(what.args)}` })
	wire.send(res, body, what, count)
}

const server = http.createServer((req, res) => {
	const parts = []
	req.on('data', (p) => parts.push(p))
	req.on('end', () => answer(req, res, Buffer.concat(parts).toString()).catch((e) => {
		note({ n: count, failed: String(e.stack) })
		res.headersSent || res.writeHead(500, { 'content-type': 'application/json' })
		res.end(JSON.stringify({ error: { type: 'api_error', message: String(e) } }))
	}))
})
server.on('upgrade', (req, socket) => socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\n\r\n'))
for (const d of ['plays', 'requests'])
	fs.mkdirSync(path.join(dir, d), { recursive: true })
server.listen(0, '127.0.0.1', () => {
	fs.writeFileSync(path.join(dir, 'port.new'), `${server.address().port}\n`)
	fs.renameSync(path.join(dir, 'port.new'), path.join(dir, 'port'))
})
setTimeout(() => process.exit(0), LIFE_MS)
