#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
// usage: mcp_client.mjs SIDE RESULT   The official SDK's client drives `reeve mcp` as SIDE: author, asker,
// reviewer, operator, or wire (no SDK: what clients send that the SDK does not).  RESULT: a line for each
// thing that held, then "all is well", or "not ok" and what was wrong.  $AGENTS_BIN: where npm put it.
import assert from 'node:assert'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'

const [side, result] = process.argv.slice(2)
const { resolve } = createRequire(`${process.env.AGENTS_BIN}/`)
const sdk = (name) => import(pathToFileURL(resolve(`@modelcontextprotocol/sdk/client/${name}.js`)))
const { Client } = await sdk('index')
const { StdioClientTransport } = await sdk('stdio')
const ok = (what) => fs.appendFileSync(result, `ok ${what}\n`)

// The SDK always asks for the newest version: here for another one.
class Asking extends StdioClientTransport {
	async send(message, options) {
		if (message.method === 'initialize' && this.version)
			message = { ...message, params: { ...message.params, protocolVersion: this.version } }
		return super.send(message, options)
	}
	setProtocolVersion(version) {
		this.agreed = version
	}
}

async function connect(version) {
	const transport = new Asking({ command: 'reeve', args: ['mcp'], env: process.env, stderr: 'inherit' })
	const client = new Client({ name: 'test', version: '1' })
	transport.version = version
	await client.connect(transport)
	assert.equal(client.getServerVersion().name, 'reeve')
	return { client, transport }
}
const said = (r) => r.content.map((c) => c.text).join('\n')
const gone = (pid) => !fs.existsSync(`/proc/${pid}`)

async function calls(client, name, args, words, is_error = false) {
	const r = await client.callTool({ name, arguments: args })
	assert.match(said(r), words)
	assert.equal(r.isError ?? false, is_error, said(r))
	ok(`${name}: ${said(r).split('\n')[0]}`)
	return said(r)
}
async function refuses(client, name, args, words) {
	const r = await client.callTool({ name, arguments: args }).catch((e) => e)
	assert.match(r instanceof Error ? r.message : said(r), words)
	assert(r instanceof Error || r.isError)
	ok(`${name} is refused: ${words}`)
}
async function lists(client, ...names) {
	const { tools } = await client.listTools()
	assert.deepEqual(tools.map((t) => t.name).sort(), names.sort())
	for (const t of tools)
		assert(t.description && t.inputSchema.type === 'object' && t._meta['anthropic/alwaysLoad'] === true)
	ok(`tools: ${names}`)
}
async function ends({ client, transport }) {
	const { pid } = transport
	await client.close()
	assert(gone(pid), 'the server is still there after close')
	ok('closed')
}

const sides = {
	async author() {
		const c = await connect()
		await lists(c.client, 'report_done', 'report_review', 'ask_question', 'note', 'inbox', 'ticket')
		await c.client.ping()
		await calls(c.client, 'note', { text: 'half-way "through"\n; rm -rf' }, /^Recorded/)
		await calls(c.client, 'ticket', { id: +process.env.REEVE_TICKET }, /"phase": *"working"/)
		await calls(c.client, 'inbox', {}, /\[|\{/)
		await refuses(c.client, 'report_verdict', { verdict: 'pass', feedback: 'x' }, /no tool "report_verdict"/)
		await refuses(c.client, 'report_done', {}, /needs the argument "summary"/)
		await refuses(c.client, 'report_done', { summary: 1 }, /"summary" must be a string/)
		await calls(c.client, 'report_review', { summary: 'to be looked at' }, /^Recorded/)
		await calls(c.client, 'report_done', { summary: 'again' }, /already reported/)
		await ends(c)
	},
	async asker() {
		const c = await connect('2025-06-18')
		assert.equal(c.transport.agreed, '2025-06-18')
		if (/\.1$/.test(process.env.REEVE_EPISODE)) {
			await calls(c.client, 'ask_question', { question: 'red or blue?' }, /^Recorded/)
		} else {
			await calls(c.client, 'report_done', { summary: 'as answered', commit: process.env.COMMIT }, /^Recorded/)
		}
		await ends(c)
	},
	async reviewer() {
		const c = await connect('2025-11-25')
		assert.equal(c.transport.agreed, '2025-11-25')
		await lists(c.client, 'report_verdict', 'ask_question', 'note', 'inbox', 'ticket')
		await refuses(c.client, 'report_verdict', { verdict: 'maybe', feedback: 'x' }, /one of pass, fail/)
		await calls(c.client, 'report_verdict', { verdict: 'pass', feedback: 'it can land' }, /^Recorded/)
		await ends(c)
	},
	async operator() {
		const c = await connect()
		await lists(c.client, 'ticket', 'list_tickets', 'wait', 'new_ticket', 'inbox')
		const made = await calls(c.client, 'new_ticket', { title: 'parked', park: true, mission: 'm', priority: 7 }, /"ticket"/)
		const id = JSON.parse(made).ticket
		await calls(c.client, 'list_tickets', { mission: 'm' }, /"parked"/)
		await calls(c.client, 'ticket', { id }, /"priority": *7/)
		await refuses(c.client, 'ticket', { id: 999 }, /no ticket 999/)
		await refuses(c.client, 'new_ticket', { title: 'x', after: [999] }, /no ticket 999/)
		await refuses(c.client, 'wait', { ids: [] }, /at least one/)

		// a call that sleeps is cancelled, and the server goes on, and leaves nothing behind
		const stop = new AbortController()
		const waits = c.client.callTool({ name: 'wait', arguments: { ids: [id] } }, undefined, { signal: stop.signal })
		await c.client.ping()
		stop.abort('no longer wanted')
		await assert.rejects(waits, /no longer wanted/)
		await c.client.ping()
		await Promise.all(Array.from({ length: 20 }, () => c.client.callTool({ name: 'list_tickets', arguments: {} })))
		ok('cancelled; twenty at once')
		await ends(c)
	},
	// the probe that Claude Code sends first, and calls without initialize
	async wire() {
		const server = spawn('reeve', ['mcp'], { stdio: ['pipe', 'pipe', 'inherit'] })
		const lines = readline.createInterface({ input: server.stdout })[Symbol.asyncIterator]()
		const ask = async (message) => {
			server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
			const answer = JSON.parse((await lines.next()).value)
			assert.equal(answer.id, message.id)
			return answer
		}
		const probe = await ask({ id: 'server-discover-probe-1', method: 'server/discover', params: { protocolVersion: '2026-07-28' } })
		assert.equal(probe.error.code, -32601)
		for (const version of ['2025-06-18', '2025-11-25']) {
			const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } }
			const { result } = await ask({ id: version, method: 'initialize', params })
			assert.equal(result.protocolVersion, version)
		}
		assert.equal((await ask({ id: 1, method: 'resources/list' })).error.code, -32601)
		assert.equal((await ask({ id: 2, method: 'tools/call', params: { name: 'no_such_tool' } })).id, 2)
		const closed = new Promise((r) => server.on('close', r))
		server.stdin.end()
		assert.equal(await closed, 0)
		ok('probe, versions, end')
	},
}

setTimeout(() => { fs.appendFileSync(result, 'not ok: not in time\n'); process.exit(1) }, 50_000).unref()
await sides[side]().then(() => fs.appendFileSync(result, 'all is well\n'), (e) => fs.appendFileSync(result, `not ok: ${e.stack}\n`))
